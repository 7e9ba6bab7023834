//! Versions of every shape that PEP 440 reads.

use crate::{
    project::{Project, project},
    pyproject::{HATCHLING, IN_TREE, SETUPTOOLS_SCM},
};

fn stating(version: &str) -> Project {
    project(IN_TREE, &format!("version = \"{version}\"\n")).package()
}

#[test]
fn two_numbers() {
    stating("26.3").tags(["26.2", "26.3"]).releases(
        "minor",
        r#"
        version 26.4
        tag 26.4
        commit pyproject.toml: version = "26.4"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn two_numbers_have_no_third_one_to_raise() {
    stating("26.3")
        .tags(["26.2", "26.3"])
        .refused(
            "patch",
            "version: `patch` of 26.3 is ambiguous: its versions do not have that number; name the \
             version to release",
        )
        .until_asked_for(
            "26.3.1",
            r#"
            version 26.3.1
            tag 26.3.1
            commit pyproject.toml: version = "26.3.1"
            wheel demo/__init__.py
            "#,
        );
}

/// pip itself has 26.0, 26.0.1 and 26.1.
#[test]
fn two_numbers_that_had_a_third_one_before() {
    stating("26.3").tags(["26.2", "26.2.1", "26.3"]).releases(
        "patch",
        r#"
        version 26.3.1
        tag 26.3.1
        commit pyproject.toml: version = "26.3.1"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn a_date() {
    stating("2026.6.0").tags(["v2026.5.1", "v2026.6.0"]).releases(
        "patch",
        r#"
        version 2026.6.1
        tag v2026.6.1
        commit pyproject.toml: version = "2026.6.1"
        wheel demo/__init__.py
        "#,
    );
}

/// Indexes drop the zeros; the project's own files and tags keep them.
#[test]
fn a_date_with_leading_zeros() {
    stating("2026.06.0").tags(["2026.05.1", "2026.06.0"]).releases(
        "patch",
        r#"
        version 2026.6.1
        tag 2026.06.1
        commit pyproject.toml: version = "2026.06.1"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn the_month_of_a_date_is_not_counted() {
    stating("2026.06.0")
        .tags(["2026.05.1", "2026.06.0"])
        .refused(
            "minor",
            "version: `minor` of 2026.06.0 is ambiguous: its versions are dates; name the version \
             to release",
        )
        .until_asked_for(
            "2026.07.0",
            r#"
            version 2026.7.0
            tag 2026.07.0
            commit pyproject.toml: version = "2026.07.0"
            wheel demo/__init__.py
            "#,
        );
}

#[test]
fn four_numbers() {
    stating("2.32.4.20250611")
        .tags(["v2.32.4.20250611"])
        .refused(
            "patch",
            "version: `patch` of 2.32.4.20250611 is ambiguous: its versions have more than three \
             numbers; name the version to release",
        )
        .until_asked_for(
            "2.33.0.20260101",
            r#"
            version 2.33.0.20260101
            tag v2.33.0.20260101
            commit pyproject.toml: version = "2.33.0.20260101"
            wheel demo/__init__.py
            "#,
        );
}

#[test]
fn a_development_version_after_the_last_release() {
    stating("0.5.0.dev0").tags(["v0.4.0"]).releases(
        "patch",
        r#"
        version 0.5.0
        tag v0.5.0
        commit pyproject.toml: version = "0.5.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn a_post_release() {
    stating("1.2.3.post1").tags(["v1.2.3", "v1.2.3.post1"]).releases(
        "minor",
        r#"
        version 1.3.0
        tag v1.3.0
        commit pyproject.toml: version = "1.3.0"
        wheel demo/__init__.py
        "#,
    );
}

/// Whose tags are in Python's spelling, has the next one in it too.
#[test]
fn a_release_candidate_in_the_spelling_of_python() {
    stating("1.0.0rc1").tags(["v0.9.0", "v1.0.0rc1"]).releases(
        "rc",
        r#"
        version 1.0.0rc2
        tag v1.0.0rc2
        commit pyproject.toml: version = "1.0.0rc2"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn a_release_candidate_in_the_spelling_of_semver() {
    stating("1.0.0rc1").tags(["v0.9.0", "v1.0.0-rc.1"]).releases(
        "rc",
        r#"
        version 1.0.0rc2
        tag v1.0.0-rc.2
        commit pyproject.toml: version = "1.0.0rc2"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn the_final_version_after_a_candidate() {
    stating("1.0.0rc2").tags(["v0.9.0", "v1.0.0rc1", "v1.0.0rc2"]).releases(
        "minor",
        r#"
        version 1.0.0
        tag v1.0.0
        commit pyproject.toml: version = "1.0.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn an_epoch() {
    stating("1!2.0.0").tags(["v1!2.0.0"]).releases(
        "minor",
        r#"
        version 1!2.1.0
        tag v1!2.1.0
        commit pyproject.toml: version = "1!2.1.0"
        wheel demo/__init__.py
        "#,
    );
}

#[test]
fn a_date_from_git() {
    project(SETUPTOOLS_SCM, "dynamic = [\"version\"]\n[tool.setuptools_scm]\n")
        .package()
        .tags(["v2026.06.0"])
        .releases(
            "patch",
            "
        version 2026.6.1
        tag v2026.06.1
        wheel demo/__init__.py
        ",
        );
}

/// The module keeps the zeros, and is still of the version that indexes show.
#[test]
fn a_date_with_leading_zeros_in_the_module() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        path = "src/demo/__init__.py"
    "#;
    project(HATCHLING, lines)
        .file("src/demo/__init__.py", "__version__ = \"2026.06.0\"\n")
        .tags(["2026.06.0"])
        .releases(
            "patch",
            r#"
            version 2026.6.1
            tag 2026.06.1
            commit src/demo/__init__.py: __version__ = "2026.06.1"
            wheel demo/__init__.py
            "#,
        );
}
