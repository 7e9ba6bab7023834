//! Where packages are in a repository, and what is in them.

use crate::{
    project::{Project, project},
    pyproject::{FLIT, HATCHLING, IN_TREE, SETUPTOOLS, SETUPTOOLS_SCM, UV},
};

/// setuptools finds `demo` and leaves out folders of usual other names.
#[test]
fn a_package_beside_its_tests_and_documents() {
    project(SETUPTOOLS, "version = \"0.1.0\"\n")
        .file("demo/__init__.py", "")
        .file("demo/parts/__init__.py", "")
        .file("tests/__init__.py", "")
        .file("docs/conf.py", "version = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            wheel demo/parts/__init__.py
            "#,
        );
}

#[test]
fn several_top_level_packages() {
    let lines = r#"
        version = "0.1.0"
        [tool.hatch.build.targets.wheel]
        packages = ["src/demo", "src/demo_extra"]
    "#;
    project(HATCHLING, lines)
        .package()
        .file("src/demo_extra/__init__.py", "")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            wheel demo_extra/__init__.py
            "#,
        );
}

#[test]
fn a_namespace_package_that_states_the_version() {
    let pyproject =
        format!("{}\n[project]\nname = \"acme.demo\"\nversion = \"0.1.0\"\n", SETUPTOOLS.table());
    Project::default()
        .file("pyproject.toml", &pyproject)
        .file("src/acme/demo/__init__.py", "__version__ = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            commit src/acme/demo/__init__.py: __version__ = "0.2.0"
            wheel acme/demo/__init__.py (states the version)
            "#,
        );
}

#[test]
fn a_namespace_package_with_the_version() {
    let pyproject = format!(
        "{}\n[project]\nname = \"acme-demo\"\ndynamic = [\"version\", \"description\"]\n\
         [tool.flit.module]\nname = \"acme.demo\"\n",
        FLIT.table()
    );
    Project::default()
        .file("pyproject.toml", &pyproject)
        .file("acme/demo/__init__.py", "'''A demonstration.'''\n__version__ = '0.1.0'\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit acme/demo/__init__.py: __version__ = '0.2.0'
            wheel acme/demo/__init__.py (states the version)
            ",
        );
}

#[test]
fn a_single_module_that_states_the_version() {
    project(HATCHLING, "version = \"0.1.0\"\n")
        .file("demo.py", "__version__ = \"0.1.0\"\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit demo.py: __version__ = "0.2.0"
            commit pyproject.toml: version = "0.2.0"
            wheel demo.py (states the version)
            "#,
        );
}

#[test]
fn data_and_types_of_a_package() {
    project(UV, "version = \"0.1.0\"\n")
        .package()
        .file("src/demo/py.typed", "")
        .file("src/demo/templates/page.html", "<html>\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            wheel demo/py.typed
            wheel demo/templates/page.html
            "#,
        );
}

/// The folder above has other files, and the changelog is that of the folder.
#[test]
fn a_package_in_a_folder() {
    let pyproject = SETUPTOOLS.project("version = \"0.1.0\"\n");
    Project::default()
        .file("README.md", "# Demo\n")
        .file("python/pyproject.toml", &pyproject)
        .file("python/src/demo/__init__.py", "__version__ = '0.1.0'\n")
        .in_folder("python")
        .tags(["v0.1.0", "v0.1.1"])
        .file("python/CHANGELOG.md", "# Changes\n\n## Unreleased\n\n- A change.\n")
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit python/CHANGELOG.md
            commit python/pyproject.toml: version = "0.2.0"
            commit python/src/demo/__init__.py: __version__ = '0.2.0'
            wheel demo/__init__.py (states the version)
            section ## 0.2.0 - 2026-01-01
            section - A change.
            "#,
        );
}

#[test]
fn a_package_in_a_folder_that_the_configuration_of_the_repository_names() {
    let pyproject = SETUPTOOLS_SCM.project(
        r#"
        dynamic = ["version"]
        [tool.setuptools_scm]
        root = ".."
        "#,
    );
    Project::default()
        .file("CHANGELOG.md", "# Changes\n\n## Unreleased\n\n- A change.\n")
        .file("python/pyproject.toml", &pyproject)
        .file("python/src/demo/__init__.py", "")
        .configured("package.directory = \"python\"")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            "
            version 0.2.0
            tag v0.2.0
            commit CHANGELOG.md
            wheel demo/__init__.py
            section ## 0.2.0 - 2026-01-01
            section - A change.
            ",
        );
}

/// Each package of the repository has tags, changelog and configuration of its own.
#[test]
fn one_of_several_packages_of_a_repository() {
    let other = "[project]\nname = \"other\"\nversion = \"3.0.0\"\n";
    let demo = HATCHLING.project("version = \"0.1.0\"\n");
    Project::default()
        .file("packages/other/pyproject.toml", other)
        .file("packages/other/CHANGELOG.md", "# Changes\n\n## Unreleased\n\n- Another change.\n")
        .file("packages/demo/pyproject.toml", &demo)
        .file("packages/demo/CHANGELOG.md", "# Changes\n\n## [Unreleased]\n\n- A change.\n")
        .file("packages/demo/src/demo/__init__.py", "")
        .in_folder("packages/demo")
        .tags(["demo-v0.0.9", "other-v3.0.0", "demo-v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag demo-v0.2.0
            commit packages/demo/CHANGELOG.md
            commit packages/demo/pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            section ## [0.2.0] - 2026-01-01
            section - A change.
            "#,
        );
}

#[test]
fn files_of_a_submodule() {
    project(IN_TREE, "version = \"0.1.0\"\n")
        .package()
        .submodule("src/demo/icons", "icon.svg", "<svg/>\n")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            wheel demo/icons/icon.svg
            "#,
        );
}

/// Generated sources: a hook before the build.
#[test]
fn sources_that_are_generated_before_the_build() {
    let lines = r#"
        version = "0.1.0"
        [tool.hatch.build]
        artifacts = ["src/demo/generated.py"]
    "#;
    project(HATCHLING, lines)
        .package()
        .file(".gitignore", "generated.py\n")
        .configured("package.before = [\"cp src/demo/__init__.py src/demo/generated.py\"]")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            wheel demo/generated.py
            "#,
        );
}

/// Whoever cloned without Git LFS has pointers in place of the files, and so has the wheel.
#[test]
fn a_large_file_that_was_not_fetched() {
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nsize 12\n";
    project(IN_TREE, "version = \"0.1.0\"\n")
        .package()
        .file(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
        .file("src/demo/model.bin", pointer)
        .tags(["v0.1.0"])
        .stops_privately(
            "minor",
            "the wheel has pointers of Git LFS instead of files: demo/model.bin; run `git lfs pull`",
        );
}
