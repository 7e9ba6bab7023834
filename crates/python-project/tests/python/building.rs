use std::sync::Mutex;

use python_project::{Build, Python, PythonError};

use crate::project::Project;

#[tokio::test]
async fn a_backend_inside_the_project_builds_both_files() {
    let project = Project::new();
    let lines = Mutex::new(Vec::new());
    let started = std::time::Instant::now();
    let built =
        project.build_with(&|line| lines.lock().unwrap().push(format!("{line:?}"))).await.unwrap();
    println!("built in {:?}", started.elapsed());
    assert_eq!(built.sdist, project.path("dist/sample_x-1.0.tar.gz"));
    assert_eq!(built.wheel, Some(project.path("dist/sample_x-1.0-py3-none-any.whl")));
    assert!(built.files().all(|file| file.is_file()));
    assert!(lines.into_inner().unwrap().contains(&r#"Stdout("packing sample_x-1.0")"#.to_owned()));
}

#[tokio::test]
async fn the_wheel_is_built_from_the_sdist_and_not_from_the_tree() {
    let project = Project::new();
    project.settings(
        "import os\ndef trouble(hook):\n    in_tree = os.path.exists('only-in-tree')\n    \
         assert in_tree == (hook == 'build_sdist'), os.getcwd()\n    \
         assert os.environ['SOURCE_DATE_EPOCH'] == '1700000000'",
    );
    project.write("only-in-tree", "");
    project.build().await.unwrap();
}

#[tokio::test]
async fn a_failing_backend_is_reported_with_its_last_lines_and_leaves_nothing() {
    let project = Project::new();
    project.settings("def trouble(hook):\n    raise SystemExit('no compiler')");
    let error = project.build().await.unwrap_err();
    let failed = matches!(&error, PythonError::BackendFailed { hook: "build_sdist", tail } if tail.contains("no compiler"));
    assert!(failed, "{error}");
    assert!(!project.path("dist").exists());
}

#[tokio::test]
async fn a_backend_that_dies_is_a_failure() {
    let project = Project::new();
    project.settings("import os\ndef trouble(hook):\n    os.kill(os.getpid(), 9)");
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::BackendFailed { .. }), "{error}");
}

#[tokio::test]
async fn each_hook_has_a_process_of_its_own() {
    let project = Project::new();
    project.settings(
        "hooks = []\ndef requires_trouble():\n    hooks.append('requires')\n\
         def trouble(hook):\n    assert hooks == [], hooks",
    );
    project.build().await.unwrap();
}

#[tokio::test]
async fn the_hook_for_requirements_is_named_when_it_fails() {
    let project = Project::new();
    for trouble in ["raise SystemExit('no network')", "os.kill(os.getpid(), 9)", "os._exit(3)"] {
        project.settings(&format!("import os\ndef requires_trouble():\n    {trouble}"));
        let error = project.build().await.unwrap_err();
        let named = matches!(
            &error,
            PythonError::BackendFailed { hook: "get_requires_for_build_sdist", .. }
        );
        assert!(named, "{trouble}: {error}");
    }
}

#[tokio::test]
async fn what_the_backend_requires_is_installed_before_it_builds() {
    let project = Project::new();
    project.settings("REQUIRES = ['tidegate-greeter==9999']");
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::RequirementNotInstallable { .. }), "{error}");
}

#[tokio::test]
async fn a_backend_with_threads_builds() {
    let project = Project::new();
    project.settings(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    );
    project.build().await.unwrap();
}

#[tokio::test]
async fn a_wheel_of_another_version_is_refused() {
    let project = Project::new();
    project.settings("WHEEL_VERSION = '0.9'");
    let error = project.build().await.unwrap_err();
    let refused =
        matches!(&error, PythonError::UnexpectedDistribution { file, .. } if file.contains("0.9"));
    assert!(refused, "{error}");
    assert!(!project.path("dist").exists());
}

#[tokio::test]
async fn a_full_disk_has_its_own_error() {
    let project = Project::new();
    project.settings(
        "import errno\ndef trouble(hook):\n    try:\n        raise OSError(errno.ENOSPC, 'x')\n    \
         except OSError:\n        raise RuntimeError('wrapped')",
    );
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::DiskFull { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_backend_and_a_missing_requirement_are_different_errors() {
    let project = Project::new();
    project.pyproject("requires = []\nbuild-backend = 'no_such_backend'");
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::NoBackend { .. }), "{error}");
    project.pyproject("requires = ['tidegate-greeter==9999']\nbuild-backend = 'backend'\nbackend-path = ['backend']");
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::RequirementNotInstallable { .. }), "{error}");
}

#[tokio::test]
async fn a_backend_outside_backend_path_is_refused() {
    let project = Project::new();
    project.pyproject("requires = []\nbuild-backend = 'json'\nbackend-path = ['backend']");
    let error = project.build().await.unwrap_err();
    assert!(matches!(error, PythonError::NoBackend { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_python_has_its_own_error() {
    let project = Project::new();
    let (folder, out) = (project.path("."), project.path("dist"));
    let python = &Python::new("no-such-python");
    let (name, version, source_date_epoch) = ("sample-x", "1.0", None);
    let build =
        Build { source: &folder, out: &out, python, name, version, wheel: true, source_date_epoch };
    let error = build.run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::NoPython { .. }), "{error}");
}

#[tokio::test]
async fn setuptools_builds_a_usual_project() {
    let project = Project::new();
    std::fs::remove_dir_all(project.path("backend")).unwrap();
    project.write("setup.cfg", "[options]\npy_modules = sample\n");
    project.pyproject("requires = ['setuptools>=61']\nbuild-backend = 'setuptools.build_meta'");
    let built = project.build().await.unwrap();
    assert_eq!(built.wheel, Some(project.path("dist/sample_x-1.0-py3-none-any.whl")));
}
