use std::{path::Path, sync::Mutex};

use python_project::{CommandCheck, InstallCheck, InstallSource, Python, PythonError};

use crate::project::Project;

/// Builds the project and serves it as a simple index in a folder.
async fn index(project: &Project) -> InstallSource {
    let built = project.build().await.unwrap();
    let files = built.files().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        format!("<a href='../../dist/{name}'>{name}</a>\n")
    });
    project.write("simple/sample-x/index.html", &files.collect::<String>());
    let folder = format!("{}/", project.path("simple").display());
    InstallSource::Index {
        index: url::Url::from_directory_path(Path::new(&folder)).unwrap(),
        extra: vec![],
    }
}

async fn check(project: &Project) -> InstallCheck {
    InstallCheck {
        name: "Sample.X".to_owned(),
        version: "1.0".to_owned(),
        source: index(project).await,
        no_deps: false,
        modules: Some(vec!["sample".to_owned()]),
        extras: vec![],
        commands: vec![CommandCheck { argv: vec!["sample".into()], prints: vec!["1.0".into()] }],
        python: Python::new("python3"),
    }
}

/// The check with uv and with pip only.
fn with_each_installer(check: InstallCheck) -> [InstallCheck; 2] {
    let with_pip = InstallCheck { python: check.python.clone().without_uv(), ..check.clone() };
    [check, with_pip]
}

#[tokio::test]
async fn a_released_version_is_installed_imported_and_run() {
    let project = Project::new();
    for check in with_each_installer(check(&project).await) {
        let report = check.run(&|_| ()).await.unwrap();
        assert_eq!(report.selected.file, "sample_x-1.0-py3-none-any.whl");
        assert_eq!(report.selected.sha256.as_ref().unwrap().len(), 64);
        assert_eq!(report.ran[0].1.trim(), "sample 1.0");
        assert_eq!(check.select().await.unwrap(), report.selected);
    }
}

#[tokio::test]
async fn uv_installs_where_it_can_and_pip_elsewhere() {
    let project = Project::new();
    let [with_uv, with_pip] = with_each_installer(check(&project).await);
    for (check, uv_installs) in [(with_uv, true), (with_pip, false)] {
        let lines = Mutex::new(String::new());
        check.run(&|line| lines.lock().unwrap().push_str(line.text())).await.unwrap();
        let lines = lines.into_inner().unwrap();
        assert_eq!(lines.contains("Installed 1 package"), uv_installs, "{lines}");
        assert_eq!(lines.contains("Successfully installed"), !uv_installs, "{lines}");
    }
}

#[tokio::test]
async fn a_version_that_is_not_offered_has_its_own_error() {
    let project = Project::new();
    for mut check in with_each_installer(check(&project).await) {
        check.version = "2.0".to_owned();
        for error in [check.run(&|_| ()).await.unwrap_err(), check.select().await.unwrap_err()] {
            assert!(matches!(error, PythonError::NotOffered { .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn a_missing_dependency_is_not_a_missing_version() {
    let project = Project::new();
    project.settings("DEPENDENCIES = ['no-such-dependency']");
    for mut check in with_each_installer(check(&project).await) {
        let error = check.run(&|_| ()).await.unwrap_err();
        assert!(matches!(error, PythonError::NotInstallable { .. }), "{error}");
        check.no_deps = true;
        check.run(&|_| ()).await.unwrap();
    }
}

#[tokio::test]
async fn a_command_of_another_version_is_reported_with_its_output() {
    let project = Project::new();
    project.write("sample.py", "def main():\n    print('sample 0.9')\n");
    let error = check(&project).await.run(&|_| ()).await.unwrap_err();
    assert!(error.to_string().ends_with("does not print 1.0, but: sample 0.9"), "{error}");
}

#[tokio::test]
async fn failing_imports_and_commands_are_different_errors() {
    let project = Project::new();
    let mut check = check(&project).await;
    check.commands = vec![CommandCheck { argv: vec!["no-such-command".into()], prints: vec![] }];
    let error = check.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::CommandFailed { .. }), "{error}");
    check.modules = Some(vec!["no_such_module".to_owned()]);
    let error = check.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::ImportFailed { .. }), "{error}");
}

/// Without modules to import and commands to run: what can be expected of any package.
async fn plain_check(project: &Project) -> InstallCheck {
    InstallCheck { modules: None, commands: vec![], ..check(project).await }
}

#[tokio::test]
async fn a_wheel_is_installed_before_any_index_has_it() {
    let project = Project::new();
    let wheel = project.build().await.unwrap().wheel.unwrap();
    let check = InstallCheck { source: InstallSource::Wheel(wheel), ..check(&project).await };
    for check in with_each_installer(check) {
        let report = check.run(&|_| ()).await.unwrap();
        assert_eq!(
            report.summary(),
            "installed sample_x-1.0-py3-none-any.whl, imported sample, ran sample"
        );
    }
}

#[tokio::test]
async fn the_only_module_is_imported_without_being_named() {
    let project = Project::new();
    let report = plain_check(&project).await.run(&|_| ()).await.unwrap();
    assert_eq!(report.imported, ["sample"]);
    project.write("sample.py", "raise SystemExit('no display')\n");
    let error = plain_check(&project).await.run(&|_| ()).await.unwrap_err();
    assert!(
        matches!(&error, PythonError::ImportFailed { module, tail }
            if module == "sample" && tail.contains("no display")),
        "{error}"
    );
}

#[tokio::test]
async fn a_module_that_states_another_version_is_not_released() {
    let project = Project::new();
    project.write("sample.py", "__version__ = '0.9'\n");
    let error = plain_check(&project).await.run(&|_| ()).await.unwrap_err();
    let message = "the installed `sample.__version__` is 0.9 instead of 1.0";
    assert_eq!(error.to_string(), message);
    project.write("sample.py", "__version__ = '1.0.0'\n");
    plain_check(&project).await.run(&|_| ()).await.unwrap();
}

/// A package with dependencies that are left out is neither imported nor run.
#[tokio::test]
async fn what_needs_missing_dependencies_is_not_tried() {
    let project = Project::new();
    project.settings("DEPENDENCIES = ['no-such-dependency', 'x; extra == \"more\"']");
    project.write("sample.py", "import no_such_dependency\n");
    let check = InstallCheck { no_deps: true, ..check(&project).await };
    let report = check.run(&|_| ()).await.unwrap();
    assert_eq!(report.summary(), "installed sample_x-1.0-py3-none-any.whl");
}

#[tokio::test]
async fn dependencies_of_extras_alone_are_not_missing() {
    let project = Project::new();
    project.settings("DEPENDENCIES = ['no-such-dependency; extra == \"more\"']");
    let check = InstallCheck { no_deps: true, ..check(&project).await };
    assert_eq!(check.run(&|_| ()).await.unwrap().imported, ["sample"]);
}

/// pip and uv warn of an extra that does not exist, and go on.
#[tokio::test]
async fn extras_are_installed_and_must_exist() {
    let project = Project::new();
    project.settings("DEPENDENCIES, EXTRAS = ['no-such-dependency; extra == \"more\"'], ['more']");
    let check = check(&project).await;
    for (extra, is_installed) in [("more", false), ("typo", true)] {
        let check = InstallCheck { extras: vec![extra.to_owned()], ..check.clone() };
        let error = check.run(&|_| ()).await.unwrap_err();
        let is_missing = matches!(error, PythonError::NoSuchExtra { .. });
        assert_eq!(is_missing, is_installed, "{error}");
        let fails = matches!(error, PythonError::NotInstallable { .. });
        assert_eq!(fails, !is_installed, "{error}");
    }
}
