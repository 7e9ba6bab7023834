//! Names of tags.

use crate::{
    project::{Project, project},
    pyproject::{HATCH_VCS, IN_TREE, SETUPTOOLS_SCM},
};

/// A project whose last release was 1.2.3.
fn at_1_2_3() -> Project {
    project(IN_TREE, "version = \"1.2.3\"\n").package()
}

/// What is right for 1.2.4, but for the tag.
fn with_tag(tag: &str) -> String {
    format!(
        "version 1.2.4\ntag {tag}\ncommit pyproject.toml: version = \"1.2.4\"\nwheel demo/__init__.py\n"
    )
}

#[test]
fn no_tags_at_all() {
    at_1_2_3().releases("patch", &with_tag("v1.2.4"));
}

#[test]
fn tags_with_v() {
    at_1_2_3().tags(["v0.9.0", "v1.2.3"]).releases("patch", &with_tag("v1.2.4"));
}

#[test]
fn tags_without_v() {
    at_1_2_3().tags(["0.9.0", "1.2.3"]).releases("patch", &with_tag("1.2.4"));
}

#[test]
fn tags_that_changed_their_shape_once() {
    at_1_2_3().tags(["v1.0.0", "v1.1.0", "1.2.3"]).releases("patch", &with_tag("1.2.4"));
}

#[test]
fn tags_with_the_name_and_v() {
    at_1_2_3().tags(["demo-v1.2.2", "demo-v1.2.3"]).releases("patch", &with_tag("demo-v1.2.4"));
}

#[test]
fn tags_with_the_name_as_a_folder() {
    at_1_2_3().tags(["demo/v1.2.3", "other/v7.0.0"]).releases("patch", &with_tag("demo/v1.2.4"));
}

/// The plug-in must find the tag of this package, as its documentation configures it.
#[test]
fn tags_with_the_name_for_a_version_from_git() {
    let lines = r#"
        dynamic = ["version"]
        [tool.hatch.version]
        source = "vcs"
        tag-pattern = "^demo-v(?P<version>.+)$"
        [tool.hatch.version.raw-options]
        git_describe_command = "git describe --dirty --tags --long --match 'demo-v*'"
    "#;
    project(HATCH_VCS, lines).package().tags(["demo-v1.2.3", "other-v7.0.0"]).releases(
        "patch",
        "
        version 1.2.4
        tag demo-v1.2.4
        wheel demo/__init__.py
        ",
    );
}

#[test]
fn tags_that_are_no_versions() {
    let tags = ["v1.2.3", "v2-old", "v3.0-beta-final", "latest", "nightly-2024"];
    at_1_2_3().tags(tags).releases("patch", &with_tag("v1.2.4"));
}

#[test]
fn tags_of_a_shape_that_only_the_configuration_can_name() {
    at_1_2_3()
        .tags(["release-1.2.1", "release-1.2.2", "release-1.2.3"])
        .refused(
            "patch",
            "git: 3 tags have the shape of `release-1.2.3` instead of `v{version}`, so their \
             versions are not compared; set git.tag = \"release-{version}\" if they are this \
             project's releases",
        )
        .until_configured("git.tag = \"release-{version}\"")
        .releases("patch", &with_tag("release-1.2.4"));
}

#[test]
fn a_higher_tag_of_another_shape() {
    at_1_2_3()
        .tags(["v1.2.2", "v1.2.3", "release-2.0.0"])
        .refused(
            "patch",
            "git: 1 tag has the shape of `release-2.0.0` instead of `v{version}`, so its version \
             is not compared; set git.tag = \"release-{version}\" if they are this project's releases",
        )
        .until_configured("git.tag = \"release-{version}\"")
        .releases(
            "patch",
            r#"
            version 2.0.1
            tag release-2.0.1
            commit pyproject.toml: version = "2.0.1"
            wheel demo/__init__.py
            "#,
        );
}

/// setuptools-scm reads the newest tag that `git describe` finds, of whichever shape.
#[test]
fn tags_without_v_for_a_version_from_git() {
    project(SETUPTOOLS_SCM, "dynamic = [\"version\"]\n[tool.setuptools_scm]\n")
        .package()
        .tags(["1.2.2", "1.2.3"])
        .releases(
            "minor",
            "
            version 1.3.0
            tag 1.3.0
            wheel demo/__init__.py
            ",
        );
}
