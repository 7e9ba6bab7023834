use std::path::PathBuf;

use python_project::{Build, BuiltDistributions, Python, PythonError};

/// A project that contains its backend, in a temporary folder.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let project =
            Self { folder: tempfile::Builder::new().prefix("a project ").tempdir().unwrap() };
        project.write("backend/backend.py", include_str!("backend.py"));
        project
            .write("sample.py", "VERSION = '1.0'\n\ndef main():\n    print('sample', VERSION)\n");
        project.settings("");
        project.pyproject("requires = []\nbuild-backend = 'backend'\nbackend-path = ['backend']");
        project
    }

    pub(crate) fn settings(&self, more: &str) {
        let text = format!(
            "NAME, VERSION, DEPENDENCIES = 'sample_x', '1.0', []\ndef trouble(hook):\n    pass\n{more}\n"
        );
        self.write("backend/settings.py", &text);
    }

    pub(crate) fn pyproject(&self, build_system: &str) {
        let text = format!(
            "[build-system]\n{build_system}\n[project]\nname = 'sample-x'\nversion = '1.0'\n"
        );
        self.write("pyproject.toml", &text);
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) async fn build(&self) -> Result<BuiltDistributions, PythonError> {
        self.build_with(&|_| ()).await
    }

    pub(crate) async fn build_with(
        &self,
        on_line: &(dyn Fn(process::Line<'_>) + Send + Sync),
    ) -> Result<BuiltDistributions, PythonError> {
        let (source, out, python) =
            (self.folder.path(), self.path("dist"), &Python::new("python3"));
        let (name, version, source_date_epoch) = ("sample-x", "1.0", Some(1_700_000_000));
        Build { source, out: &out, python, name, version, wheel: true, source_date_epoch }
            .run(on_line)
            .await
    }
}
