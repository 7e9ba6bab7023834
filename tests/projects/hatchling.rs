//! Hatchling: https://hatch.pypa.io/latest/version/, and the environments of Hatch.

use crate::{
    project::project,
    pyproject::{HATCH_VCS, HATCHLING},
};

#[test]
fn a_version_in_pyproject() {
    let lines = r#"
        version = "0.1.0"  # set by the release
        scripts.demo = "demo.cli:main"
    "#;
    project(HATCHLING, lines)
        .package()
        .file("src/demo/cli.py", "def main():\n    print('demo')\n")
        .file("tests/test_demo.py", "import demo\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"  # set by the release
            wheel demo/__init__.py
            wheel demo/cli.py
            "#,
        );
}

#[test]
fn a_path_with_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        path = "src/demo/__about__.py"
    "#;
    project(HATCHLING, lines)
        .package()
        .file("src/demo/__about__.py", "# SPDX-License-Identifier: MIT\n__version__ = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "patch",
            "
            version 0.1.1
            tag v0.1.1
            commit src/demo/__about__.py: __version__ = '0.1.1'
            wheel demo/__about__.py (states the version)
            wheel demo/__init__.py
            ",
        );
}

#[test]
fn a_pattern_for_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        path = "src/demo/meta.py"
        pattern = "RELEASE = 'v(?P<version>[^']+)'"
    "#;
    project(HATCHLING, lines)
        .package()
        .file("src/demo/meta.py", "RELEASE = 'v0.1.0'\nAPI = 'v1'\n")
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit src/demo/meta.py: RELEASE = 'v0.2.0'
            wheel demo/__init__.py
            wheel demo/meta.py (states the version)
            ",
        );
}

/// The file is executed, but states the version as a literal.
#[test]
fn code_that_has_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        source = "code"
        path = "src/demo/__about__.py"
    "#;
    project(HATCHLING, lines)
        .package()
        .file("src/demo/__about__.py", "__version__ = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit src/demo/__about__.py: __version__ = "0.2.0"
            wheel demo/__about__.py (states the version)
            wheel demo/__init__.py
            "#,
        );
}

#[test]
fn a_version_from_git() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        source = "vcs"
    "#;
    project(HATCH_VCS, lines).package().tags(["v0.1.0"]).releases(
        "minor",
        "
        version 0.2.0
        tag v0.2.0
        wheel demo/__init__.py
        ",
    );
}

/// The file is generated during the build, and not part of the repository.
#[test]
fn a_version_from_git_that_is_written_into_the_wheel() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        source = "vcs"
        [tool.hatch.build.hooks.vcs]
        version-file = "src/demo/_version.py"
    "#;
    project(HATCH_VCS, lines)
        .file("src/demo/__init__.py", "from demo._version import __version__\n")
        .file(".gitignore", "_version.py\n")
        .tags(["v0.1.0", "v0.1.1"])
        .releases(
            "patch",
            "
            version 0.1.2
            tag v0.1.2
            wheel demo/__init__.py
            wheel demo/_version.py (states the version)
            ",
        );
}

const HATCH_IS_MISSING: &str =
    "tidegate.toml, line 1: checks: `hatch` is not on PATH; install it, or correct the command";

/// Hatch makes the environment in the checkout of the check, which has no environment of
/// the user's: https://hatch.pypa.io/latest/config/environment/overview/
#[test]
fn a_check_in_an_environment_of_hatch() {
    let lines = r#"
        version = "0.1.0"
        [tool.hatch.envs.test]
        env-vars = { EXPECTED = "demo" }
        [tool.hatch.envs.test.scripts]
        all = "python -m unittest discover tests"
    "#;
    let test = "
        import os, unittest
        import demo

        class Test(unittest.TestCase):
            def test_name(self):
                self.assertEqual(demo.__name__, os.environ['EXPECTED'])
    ";
    project(HATCHLING, lines)
        .package()
        .file("tests/test_demo.py", test)
        .configured("checks.before-release = [\"hatch run test:all\"]")
        .tags(["v0.1.0"])
        .refused("minor", HATCH_IS_MISSING)
        .until_installed(["hatch"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            "#,
        );
}
