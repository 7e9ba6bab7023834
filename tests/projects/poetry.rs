//! Poetry: https://python-poetry.org/docs/pyproject/

use crate::{
    project::{Project, project},
    pyproject::{POETRY, POETRY_DYNAMIC},
};

const TABLE: &str = r#"
[tool.poetry]
name = "demo"
version = "0.1.0"
description = "A demonstration"
authors = ["Ada <ada@example.org>"]

[tool.poetry.dependencies]
python = "^3.9"
"#;

#[test]
fn a_version_in_the_table_of_poetry() {
    Project::default()
        .file("pyproject.toml", &format!("{}{TABLE}", POETRY.table()))
        .file("demo/__init__.py", "")
        .tags(["0.1.0"])
        .releases(
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
fn a_version_in_the_table_of_the_project() {
    project(POETRY, "version = \"0.1.0\"\n").package().tags(["v0.1.0"]).releases(
        "minor",
        r#"
        version 0.2.0
        tag v0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        "#,
    );
}

/// The version of the table stands for the one that `poetry-core` takes: it is required
/// and dynamic at the same time.
#[test]
fn a_dynamic_version_in_the_table_of_poetry() {
    let lines = r#"
        dynamic = ["version"]
        [tool.poetry]
        version = "0.1.0"
    "#;
    project(POETRY, lines).package().tags(["v0.1.0"]).releases(
        "minor",
        r#"
        version 0.2.0
        tag v0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        "#,
    );
}

/// `0.0.0` is a placeholder, which stays as it is.
#[test]
fn a_version_from_git_with_a_placeholder() {
    let table = TABLE.replace("0.1.0", "0.0.0");
    let dynamic = "\n[tool.poetry-dynamic-versioning]\nenable = true\n";
    Project::default()
        .file("pyproject.toml", &format!("{}{table}{dynamic}", POETRY_DYNAMIC.table()))
        .file("demo/__init__.py", "")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            wheel demo/__init__.py
            ",
        );
}

/// The plug-in replaces `__version__` too, while it builds.
#[test]
fn a_version_from_git_that_is_substituted_in_the_wheel() {
    let lines = r#"
        dynamic = ["version"]
        [tool.poetry]
        version = "0.0.0"
        [tool.poetry-dynamic-versioning]
        enable = true
    "#;
    project(POETRY_DYNAMIC, lines)
        .file("demo/__init__.py", "__version__ = \"0.0.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            wheel demo/__init__.py (states the version)
            ",
        );
}
