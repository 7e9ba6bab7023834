//! PDM-Backend: https://backend.pdm-project.org/metadata/

use crate::{project::project, pyproject::PDM};

#[test]
fn a_version_in_pyproject() {
    project(PDM, "version = \"0.1.0\"\n").package().tags(["0.1.0"]).releases(
        "minor",
        r#"
        version 0.2.0
        tag 0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn a_file_with_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.pdm.version]
        source = "file"
        path = "src/demo/__init__.py"
    "#;
    project(PDM, lines)
        .file("src/demo/__init__.py", "__version__ = \"0.1.0\"\n")
        .tags(["0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag 0.2.0
            commit src/demo/__init__.py: __version__ = "0.2.0"
            wheel demo/__init__.py (states the version)
            "#,
        );
}

#[test]
fn a_version_from_git() {
    let lines = r#"
        dynamic = ["version"]
        [tool.pdm.version]
        source = "scm"
    "#;
    project(PDM, lines).package().tags(["0.1.0"]).releases(
        "minor",
        "
        version 0.2.0
        tag 0.2.0
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn a_version_from_git_that_is_written_into_the_wheel() {
    let lines = r#"
        dynamic = ["version"]
        [tool.pdm.version]
        source = "scm"
        write_to = "demo/_version.py"
        write_template = "__version__ = '{}'"
    "#;
    project(PDM, lines).package().file(".gitignore", "_version.py\n").tags(["0.1.0"]).releases(
        "minor",
        "
            version 0.2.0
            tag 0.2.0
            wheel demo/__init__.py
            wheel demo/_version.py (states the version)
            ",
    );
}
