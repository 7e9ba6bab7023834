//! What the package states: more than one version, one that was never released, one
//! that is computed.

use crate::{
    project::project,
    pyproject::{HATCHLING, IN_TREE, SETUPTOOLS},
};

/// Whoever raised it by hand asks for the same.
#[test]
fn the_version_was_raised_by_hand() {
    project(IN_TREE, "version = \"0.2.0\"\n").package().tags(["v0.1.0"]).releases(
        "minor",
        "
        version 0.2.0
        tag v0.2.0
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn the_version_was_raised_to_another_one_than_is_asked_for() {
    project(IN_TREE, "version = \"0.3.0\"\n")
        .package()
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "version: the package states 0.3.0, which is not published, and the newest published \
             version is 0.1.0, so `minor` is ambiguous; name the version: 0.3.0 or 0.2.0",
        )
        .until_asked_for(
            "0.3.0",
            "
            version 0.3.0
            tag v0.3.0
            wheel demo/__init__.py
            ",
        );
}

/// The first release of a project.
#[test]
fn the_version_was_never_released() {
    project(IN_TREE, "version = \"0.1.0\"\n").package().releases(
        "0.1.0",
        "
        version 0.1.0
        tag v0.1.0
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn the_module_states_the_version_too() {
    project(IN_TREE, "version = \"0.1.0\"\n")
        .file("src/demo/__init__.py", "import os\n\n__version__ = \"0.1.0\"\n")
        .file("src/demo/cli.py", "from demo import __version__\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            commit src/demo/__init__.py: __version__ = "0.2.0"
            wheel demo/__init__.py (states the version)
            wheel demo/cli.py
            "#,
        );
}

#[test]
fn the_module_states_another_version() {
    project(IN_TREE, "version = \"0.1.0\"\n")
        .file("src/demo/__init__.py", "__version__ = \"0.0.9\"\n")
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "package: src/demo/__init__.py states version 0.0.9, and the package 0.1.0; correct \
             it, or add it: package.version-files = [\"src/demo/__init__.py\"]",
        )
        .until_configured("package.version-files = [\"src/demo/__init__.py\"]")
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            commit src/demo/__init__.py: __version__ = "0.2.0"
            wheel demo/__init__.py (states the version)
            "#,
        );
}

/// What the installed package says of itself is not stated in a file.
#[test]
fn the_module_asks_its_own_metadata() {
    let module = "from importlib.metadata import version\n\n__version__ = version('demo')\n";
    project(IN_TREE, "version = \"0.1.0\"\n")
        .file("src/demo/__init__.py", module)
        .tags(["v0.1.0"])
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

#[test]
fn the_version_is_computed() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools.dynamic]
        version = {attr = "demo.__version__"}
    "#;
    project(SETUPTOOLS, lines)
        .file("src/demo/__init__.py", "MAJOR = 0\n__version__ = f\"{MAJOR}.1.0\"\n")
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "package: src/demo/__init__.py: `__version__` in line 2 is an expression; assign a \
             string …",
        )
        .until_written("src/demo/__init__.py", "__version__ = \"0.1.0\"\n")
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit src/demo/__init__.py: __version__ = "0.2.0"
            wheel demo/__init__.py (states the version)
            "#,
        );
}

#[test]
fn the_file_of_the_version_is_missing() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        path = "src/demo/version.py"
    "#;
    project(HATCHLING, lines)
        .package()
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "package: pyproject.toml takes the version from file `src/demo/version.py`, which does \
             not exist; correct that, or name the file in package.version-files",
        )
        .until_written("src/demo/version.py", "__version__ = \"0.1.0\"\n")
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit src/demo/version.py: __version__ = "0.2.0"
            wheel demo/__init__.py
            wheel demo/version.py (states the version)
            "#,
        );
}

/// Files besides those of Python are for the configuration to name.
#[test]
fn another_file_states_the_version_too() {
    project(IN_TREE, "version = \"0.1.0\"\n")
        .package()
        .file("CITATION.cff", "cff-version: 1.2.0\nversion: 0.1.0\n")
        .configured(
            "package.version-files = [{ path = \"CITATION.cff\", pattern = '^version: (.+)$' }]",
        )
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit CITATION.cff: version: 0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            "#,
        );
}
