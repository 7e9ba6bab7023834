//! The project that is released: a Python package with a build backend of its
//! own, and an image `FROM scratch` with one static program.

use std::{path::Path, process::Command, sync::OnceLock};

use test_harness::{BACKEND, ProjectFile};

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
        ProjectFile::new("backend.py", BACKEND),
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

/// The files of an example, as they are now.
pub(crate) fn example(name: &str) -> Vec<ProjectFile> {
    committed_files(&repository().join("examples").join(name))
}

/// A project of the shape for which this example of a configuration is, with exactly that
/// configuration.
pub(crate) fn configured_example(name: &str) -> Vec<ProjectFile> {
    let configuration = repository().join(format!("examples/configurations/{name}.toml"));
    let mut files = committed_files(&repository().join("tests/fixtures").join(name));
    files.push(ProjectFile::new("tidegate.toml", std::fs::read(configuration).unwrap()));
    files.push(ProjectFile::new("backend.py", BACKEND));
    files
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The files in a folder of this repository that git knows.
fn committed_files(folder: &Path) -> Vec<ProjectFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let listed = Command::new("git").arg("ls-files").current_dir(folder).output().unwrap();
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
