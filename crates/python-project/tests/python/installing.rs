use std::path::Path;

use python_project::{CommandCheck, InstallCheck, PackageIndex, PythonError};

use crate::project::Project;

/// Builds the project and serves it as a simple index in a folder.
async fn index(project: &Project) -> PackageIndex {
    let built = project.build().await.unwrap();
    let files = built.files().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        format!("<a href='../../dist/{name}'>{name}</a>\n")
    });
    project.write("simple/sample-x/index.html", &files.concat());
    let folder = format!("{}/", project.path("simple").display());
    PackageIndex::At {
        index: url::Url::from_directory_path(Path::new(&folder)).unwrap(),
        extra: vec![],
    }
}

async fn check(project: &Project) -> InstallCheck {
    InstallCheck {
        name: "Sample.X".to_owned(),
        version: "1.0".to_owned(),
        index: index(project).await,
        no_deps: false,
        import_module: Some("sample".to_owned()),
        command: Some(CommandCheck { argv: vec!["sample".into()], prints: vec!["1.0".into()] }),
        python: "python3".into(),
    }
}

#[tokio::test]
async fn a_released_version_is_installed_imported_and_run() {
    let project = Project::new();
    let check = check(&project).await;
    let report = check.run(&|_| ()).await.unwrap();
    assert_eq!(report.selected.file, "sample_x-1.0-py3-none-any.whl");
    assert_eq!(report.selected.sha256.as_ref().unwrap().len(), 64);
    assert_eq!(report.printed.unwrap().trim(), "sample 1.0");
    assert_eq!(check.select().await.unwrap(), report.selected);
}

#[tokio::test]
async fn a_version_that_is_not_offered_has_its_own_error() {
    let project = Project::new();
    let mut check = check(&project).await;
    check.version = "2.0".to_owned();
    for error in [check.run(&|_| ()).await.unwrap_err(), check.select().await.unwrap_err()] {
        assert!(matches!(error, PythonError::NotOffered { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_missing_dependency_is_not_a_missing_version() {
    let project = Project::new();
    project.settings("DEPENDENCIES = ['no-such-dependency']");
    let mut check = check(&project).await;
    let error = check.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::NotInstallable { .. }), "{error}");
    check.no_deps = true;
    check.run(&|_| ()).await.unwrap();
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
    check.command = Some(CommandCheck { argv: vec!["no-such-command".into()], prints: vec![] });
    let error = check.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::CommandFailed { .. }), "{error}");
    check.import_module = Some("no_such_module".to_owned());
    let error = check.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::ImportFailed { .. }), "{error}");
}
