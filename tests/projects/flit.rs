//! Flit: https://flit.pypa.io/en/latest/pyproject_toml.html

use crate::{project::project, pyproject::FLIT};

#[test]
fn a_module_with_the_version() {
    project(FLIT, "dynamic = [\"version\", \"description\"]\n")
        .file("demo.py", "\"\"\"A demonstration.\"\"\"\n\n__version__ = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit demo.py: __version__ = "0.2.0"
            wheel demo.py (states the version)
            "#,
        );
}

#[test]
fn a_module_of_another_name_in_src() {
    let lines = r#"
        dynamic = ["version", "description"]
        [tool.flit.module]
        name = "other"
    "#;
    project(FLIT, lines)
        .file("src/other/__init__.py", "'''A demonstration.'''\n__version__ = '0.1.0'\n")
        .file("src/other/parts/__init__.py", "")
        .tags(["0.1.0"])
        .releases(
            "patch",
            "
            version 0.1.1
            tag 0.1.1
            commit src/other/__init__.py: __version__ = '0.1.1'
            wheel other/__init__.py (states the version)
            wheel other/parts/__init__.py
            ",
        );
}

#[test]
fn a_version_in_pyproject_and_in_the_module() {
    project(FLIT, "version = \"0.1.0\"\ndescription = \"A demonstration.\"\n")
        .file("demo/__init__.py", "__version__ = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit demo/__init__.py: __version__ = "0.2.0"
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py (states the version)
            "#,
        );
}
