//! uv, versioningit, maturin, scikit-build-core and meson-python.

use crate::{
    project::{Project, project},
    pyproject::{HATCHLING, MATURIN, MESON, SCIKIT_BUILD, UV, VERSIONINGIT},
};

/// https://docs.astral.sh/uv/concepts/build-backend/
#[test]
fn uv_takes_a_version_in_pyproject() {
    project(UV, "version = \"0.1.0\"\n").package().tags(["v0.1.0"]).releases(
        "minor",
        r#"
        version 0.2.0
        tag v0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        "#,
    );
}

/// https://versioningit.readthedocs.io/
#[test]
fn versioningit_reads_git() {
    let lines = r#"
        dynamic = ["version"]
        [tool.versioningit]
    "#;
    project(VERSIONINGIT, lines).package().tags(["v0.1.0"]).releases(
        "minor",
        "
        version 0.2.0
        tag v0.2.0
        wheel demo/__init__.py
        ",
    );
}

/// A program in Rust: https://www.maturin.rs/bindings#bin
pub(crate) fn program_of_maturin() -> Project {
    let lines = r#"
        dynamic = ["version"]
        [tool.maturin]
        bindings = "bin"
    "#;
    let cargo = r#"
        [package]
        name = "demo"
        version = "0.1.0"
        edition = "2021"
    "#;
    let lock = "version = 4\n\n[[package]]\nname = \"demo\"\nversion = \"0.1.0\"\n";
    project(MATURIN, lines)
        .file("Cargo.toml", cargo)
        .file("Cargo.lock", lock)
        .file("src/main.rs", "fn main() {}\n")
        .file(".gitignore", "target\n")
        .tags(["v0.1.0"])
}

/// Without cargo, the lock would keep the old version. The wheel that maturin builds here
/// is for this machine only, which indexes of the public refuse.
#[test]
fn maturin_needs_cargo_for_its_lock_and_a_wheel_for_other_machines() {
    program_of_maturin()
        .refused(
            "rc",
            "package: Cargo.lock holds the package's version, and `cargo`, which refreshes it, was \
             not found; install it, or set package.lock to another command",
        )
        .until_installed(["cargo", "rustc", "cc", "as", "ld"])
        .stops_privately("rc", "`linux_x86_64` is the platform of the build machine alone");
}

/// https://scikit-build-core.readthedocs.io/en/latest/configuration/dynamic.html
#[test]
fn scikit_build_takes_a_version_in_pyproject() {
    let lines = r#"
        version = "0.1.0"
        [tool.scikit-build]
        wheel.cmake = false
    "#;
    project(SCIKIT_BUILD, lines).package().tags(["v0.1.0"]).releases(
        "minor",
        r#"
        version 0.2.0
        tag v0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn scikit_build_takes_a_version_by_a_regular_expression() {
    let lines = r#"
        dynamic = ["version"]
        [tool.scikit-build]
        wheel.cmake = false
        [tool.scikit-build.metadata.version]
        provider = "scikit_build_core.metadata.regex"
        input = "src/demo/__init__.py"
    "#;
    project(SCIKIT_BUILD, lines)
        .file("src/demo/__init__.py", "__version__ = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit src/demo/__init__.py: __version__ = '0.2.0'
            wheel demo/__init__.py (states the version)
            ",
        );
}

/// The sdist is what git has: https://mesonbuild.com/meson-python/reference/quirks.html
#[test]
fn meson_takes_a_version_in_meson_build() {
    let meson = "
        project('demo', version: '0.1.0')
        python = import('python').find_installation(pure: true)
        python.install_sources('src/demo/__init__.py', subdir: 'demo')
    ";
    project(MESON, "dynamic = [\"version\"]\n")
        .package()
        .file("meson.build", meson)
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit meson.build: project('demo', version: '0.2.0')
            wheel demo/__init__.py
            ",
        );
}

/// Only the plug-in knows where its version is: the release stops while it is private, and
/// names the key with which it can know too.
#[test]
fn a_plug_in_of_the_project_itself_takes_the_version_from_a_file() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.metadata.hooks.custom]
    "#;
    let hook = r#"
        import json, pathlib
        from hatchling.metadata.plugin.interface import MetadataHookInterface

        class Hook(MetadataHookInterface):
            def update(self, metadata):
                text = pathlib.Path(self.root, "version.json").read_text()
                metadata["version"] = json.loads(text)["version"]
    "#;
    project(HATCHLING, lines)
        .package()
        .file("hatch_build.py", hook)
        .file("version.json", "{\"version\": \"0.1.0\"}\n")
        .tags(["v0.1.0"])
        .stops_privately("minor", "add the file to package.version-files")
        .configured(
            r#"package.version-files = [{ path = "version.json", pattern = '"version": "(.+)"' }]"#,
        )
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit version.json: {"version": "0.2.0"}
            wheel demo/__init__.py
            "#,
        );
}
