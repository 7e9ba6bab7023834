//! The project that is released: a Python package with a build backend of its
//! own, and an image `FROM scratch` with one static program.

use std::{
    path::Path,
    process::Command,
    sync::{LazyLock, OnceLock},
};

/// A file of the project: path, content, and whether it is a program.
#[derive(Debug, Clone)]
pub(crate) struct ProjectFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
    pub(crate) executable: bool,
}

impl ProjectFile {
    pub(crate) fn new(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.to_owned(), content: content.into(), executable: false }
    }

    pub(crate) fn write_to(&self, folder: &Path) {
        let path = folder.join(&self.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &self.content).unwrap();
        if self.executable {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

const PYPROJECT: &str = r#"[build-system]
requires = []  # nothing is downloaded
build-backend = "backend"
backend-path = ["."]

[project]
name = "demo-tool"
version = "0.1.0"
requires-python = ">=3.8"

[project.scripts]
demo-tool = "demo_tool:main"
"#;

const MODULE: &str = r#"__version__ = "0.1.0"


def main():
    print("demo-tool", __version__)
"#;

const CHANGELOG: &str = "# Changelog

## [Unreleased]

### Added

- A demonstration.

## [0.1.0] - 2026-01-01

- The beginning.
";

/// The hook of the image: the version goes into the image as a file.
const STAMP: &str = "#!/bin/sh\nset -eu\nprintf '%s\\n' \"$TIDEGATE_VERSION\" >image/version\n";

pub(crate) const DOCKERFILE: &str = "FROM scratch\nCOPY printer version /\n";

/// What every project has. The configuration of the tests lies outside of the
/// repository, since it names ports: so equal worlds have equal commits.
pub(crate) fn common() -> Vec<ProjectFile> {
    vec![
        ProjectFile::new("CHANGELOG.md", CHANGELOG),
        ProjectFile::new("tidegate.toml", "# Each test gives a configuration of its own.\n"),
        ProjectFile::new(".gitignore", "image/version\n"),
    ]
}

pub(crate) fn package() -> Vec<ProjectFile> {
    vec![
        ProjectFile::new("pyproject.toml", PYPROJECT),
        ProjectFile::new("backend.py", include_str!("backend.py")),
        ProjectFile::new("demo_tool.py", MODULE),
    ]
}

pub(crate) fn image() -> Vec<ProjectFile> {
    vec![
        ProjectFile::new("image/Dockerfile", DOCKERFILE),
        ProjectFile { executable: true, ..ProjectFile::new("image/stamp", STAMP) },
        ProjectFile { executable: true, ..ProjectFile::new("image/printer", printer()) },
    ]
}

/// The files of an example that git knows, as they are now.
pub(crate) fn example(name: &str) -> Vec<ProjectFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples")).join(name);
    let listed = Command::new("git").arg("ls-files").current_dir(&folder).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let file = |path: &str| {
        let place = folder.join(path);
        let executable = place.metadata().unwrap().permissions().mode() & 0o100 != 0;
        ProjectFile { executable, ..ProjectFile::new(path, std::fs::read(place).unwrap()) }
    };
    listed.lines().map(file).collect()
}

/// The static program, compiled once for all tests.
pub(crate) fn printer() -> &'static [u8] {
    static PRINTER: OnceLock<Vec<u8>> = OnceLock::new();
    PRINTER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("printer.c"), folder.path().join("printer"));
        std::fs::write(&source, include_str!("printer.c")).unwrap();
        let compiled = Command::new("gcc")
            .args(["-static", "-Os", "-s", "-o"])
            .args([&program, &source])
            .status()
            .expect("gcc must be installed (see .ci/setup)");
        assert!(compiled.success(), "gcc -static failed");
        std::fs::read(program).unwrap()
    })
}

/// The interpreter itself, where the `python3` of the search path may be a shim.
pub(crate) fn python() -> &'static str {
    static PYTHON: LazyLock<String> = LazyLock::new(|| {
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 must be installed (see .ci/setup)");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    });
    &PYTHON
}
