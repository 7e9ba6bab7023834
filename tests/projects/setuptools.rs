//! setuptools: https://setuptools.pypa.io/en/latest/userguide/

use crate::{
    project::{Project, project},
    pyproject::{SETUPTOOLS, SETUPTOOLS_SCM},
};

#[test]
fn a_version_in_pyproject() {
    project(SETUPTOOLS, "version = '1.4.9'\n").package().tags(["v1.4.9"]).releases(
        "patch",
        "
        version 1.4.10
        tag v1.4.10
        commit pyproject.toml: version = '1.4.10'
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn no_build_system_means_setuptools() {
    let pyproject = r#"
        [project]
        name = "demo"
        version = "0.1.0"
    "#;
    Project::default().file("pyproject.toml", pyproject).package().tags(["v0.1.0"]).releases(
        "major",
        r#"
        version 1.0.0
        tag v1.0.0
        commit pyproject.toml: version = "1.0.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn an_attribute_with_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools.dynamic]
        version = {attr = "demo.__version__"}
    "#;
    project(SETUPTOOLS, lines)
        .file("src/demo/__init__.py", "__version__: str = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit src/demo/__init__.py: __version__: str = "0.2.0"
            wheel demo/__init__.py (states the version)
            "#,
        );
}

#[test]
fn an_attribute_that_another_module_defines() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools.dynamic]
        version = {attr = "demo.__version__"}
    "#;
    project(SETUPTOOLS, lines)
        .file("demo/__init__.py", "from .version import __version__ as __version__\n")
        .file("demo/version.py", "__version__ = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit demo/version.py: __version__ = '0.2.0'
            wheel demo/__init__.py
            wheel demo/version.py (states the version)
            ",
        );
}

/// setuptools joins the items of a tuple with dots.
#[test]
fn a_tuple_with_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools.dynamic]
        version = {attr = "demo.VERSION"}
    "#;
    project(SETUPTOOLS, lines)
        .file(
            "src/demo/__init__.py",
            "VERSION = (0, 1, 0)\n__version__ = '.'.join(map(str, VERSION))\n",
        )
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit src/demo/__init__.py: VERSION = (0, 2, 0)
            wheel demo/__init__.py
            ",
        );
}

/// setuptools adds the file to the sdist by itself.
#[test]
fn a_file_with_the_version() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools.dynamic]
        version = {file = "VERSION"}
    "#;
    project(SETUPTOOLS, lines).package().file("VERSION", "0.1.0\n").tags(["v0.1.0"]).releases(
        "minor",
        "
        version 0.2.0
        tag v0.2.0
        commit VERSION: 0.2.0
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn a_version_in_setup_cfg() {
    let setup = r"
        [metadata]
        name = demo
        version = 0.1.0

        [options]
        package_dir =
            = src
        packages = find:

        [options.packages.find]
        where = src
    ";
    Project::default()
        .file("pyproject.toml", &SETUPTOOLS.table())
        .file("setup.cfg", setup)
        .package()
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit setup.cfg: version = 0.2.0
            wheel demo/__init__.py
            ",
        );
}

#[test]
fn an_attribute_that_setup_cfg_names() {
    let setup = r"
        [metadata]
        name = demo
        version = attr: demo.__version__

        [options]
        packages = demo
    ";
    Project::default()
        .file("pyproject.toml", &SETUPTOOLS.table())
        .file("setup.cfg", setup)
        .file("demo/__init__.py", "__version__ = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit demo/__init__.py: __version__ = '0.2.0'
            wheel demo/__init__.py (states the version)
            ",
        );
}

const SETUP_PY: &str = r#"
    from setuptools import setup

    setup(
        name="demo",
        version="0.1.0",
        packages=["demo"],
    )
"#;

#[test]
fn a_version_in_setup_py() {
    Project::default()
        .file("pyproject.toml", &SETUPTOOLS.table())
        .file("setup.py", SETUP_PY)
        .file("demo/__init__.py", "")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit setup.py:     version="0.2.0",
            wheel demo/__init__.py
            "#,
        );
}

#[test]
fn a_version_in_setup_py_without_pyproject() {
    Project::default()
        .file("setup.py", SETUP_PY)
        .file("demo/__init__.py", "")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit setup.py:     version="0.2.0",
            wheel demo/__init__.py
            "#,
        );
}

/// setuptools-scm makes every file that git knows part of the package.
#[test]
fn a_version_from_git() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools_scm]
    "#;
    project(SETUPTOOLS_SCM, lines)
        .package()
        .file("src/demo/data/names.txt", "a\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            wheel demo/__init__.py
            wheel demo/data/names.txt
            ",
        );
}

#[test]
fn a_version_from_git_that_is_written_into_the_wheel() {
    let lines = r#"
        dynamic = ["version"]
        [tool.setuptools_scm]
        version_file = "src/demo/_version.py"
    "#;
    project(SETUPTOOLS_SCM, lines)
        .file("src/demo/__init__.py", "from demo._version import __version__\n")
        .file(".gitignore", "_version.py\n")
        .tags(["0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag 0.2.0
            wheel demo/__init__.py
            wheel demo/_version.py (states the version)
            ",
        );
}

/// The older spelling of the table's key, and `setup.cfg` for the rest.
#[test]
fn a_version_from_git_with_write_to_and_setup_cfg() {
    let setup = r"
        [metadata]
        name = demo

        [options]
        packages = demo
    ";
    let pyproject = format!(
        "{}\n[tool.setuptools_scm]\nwrite_to = \"demo/_version.py\"\n",
        SETUPTOOLS_SCM.table()
    );
    Project::default()
        .file("pyproject.toml", &pyproject)
        .file("setup.cfg", setup)
        .file("demo/__init__.py", "")
        .file(".gitignore", "_version.py\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            wheel demo/__init__.py
            wheel demo/_version.py (states the version)
            ",
        );
}
