use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

/// A base image with Python and pip, kept while the tests run.
pub(crate) struct PythonImage {
    name: String,
    /// Waits until this process has ended, in whatever way, and removes the image.
    _remover: Child,
}

impl PythonImage {
    /// Its name; built once for all tests.
    pub(crate) fn name() -> &'static str {
        static IMAGE: LazyLock<PythonImage> = LazyLock::new(PythonImage::build);
        &IMAGE.name
    }

    fn build() -> Self {
        let name = format!("tidegate-it-python:{}", std::process::id());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/python-image/build");
        let built = Command::new(script).arg(&name).status().unwrap();
        assert!(built.success(), "the base image could not be made");
        let remover = Command::new("sh")
            .args(["-c", "cat; exec docker rmi \"$0\"", &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { name, _remover: remover }
    }
}
