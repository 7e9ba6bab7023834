//! Changelogs: written in one file, or made of fragments by towncrier or scriv.

use crate::{
    project::{Project, project},
    pyproject::IN_TREE,
};

fn with_changelog(text: &str) -> Project {
    project(IN_TREE, "version = \"0.1.0\"\n").package().file("CHANGELOG.md", text).tags(["v0.1.0"])
}

/// What is right for all of them, but for the section.
fn with_section(section: &str) -> String {
    format!(
        "version 0.2.0\ntag v0.2.0\ncommit CHANGELOG.md\ncommit pyproject.toml: version = \"0.2.0\"\n\
         wheel demo/__init__.py\n{section}"
    )
}

#[test]
fn titles_in_brackets() {
    let changelog = "
        # Changelog

        ## [Unreleased]

        ### Added

        - A demonstration.

        ## [0.1.0] - 2025-01-01

        - The beginning.

        [Unreleased]: https://forge.example/demo/compare/v0.1.0...HEAD
        [0.1.0]: https://forge.example/demo/releases/tag/v0.1.0
    ";
    with_changelog(changelog).releases(
        "minor",
        &with_section(
            "section ## [0.2.0] - 2026-01-01\nsection ### Added\nsection - A demonstration.\n",
        ),
    );
}

/// Versions have no date in it.
#[test]
fn plain_titles() {
    let changelog = "# Changelog\n\n## Unreleased\n\n- A demonstration.\n\n## 0.1.0\n\n- First.\n";
    with_changelog(changelog)
        .releases("minor", &with_section("section ## 0.2.0\nsection - A demonstration.\n"));
}

/// It stays as its author wrote it.
#[test]
fn a_section_that_is_written_already() {
    let changelog = "# Changelog\n\n## 0.2.0\n\n- A demonstration.\n\n## 0.1.0\n\n- First.\n";
    with_changelog(changelog).releases(
        "minor",
        r#"
        version 0.2.0
        tag v0.2.0
        commit pyproject.toml: version = "0.2.0"
        wheel demo/__init__.py
        section ## 0.2.0
        section - A demonstration.
        "#,
    );
}

const EMPTY: &str =
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [0.1.0] - 2025-01-01\n\n- First.\n";

#[test]
fn nothing_written_where_sections_can_be_generated() {
    with_changelog(EMPTY)
        .refused(
            "minor",
            "changelog: CHANGELOG.md has nothing under `Unreleased`; write what changed, or set \
             changelog.generate = true or changelog.required = false",
        )
        .until_configured("changelog.generate = true")
        .releases(
            "minor",
            &with_section(
                "section ## [0.2.0] - 2026-01-01\nsection ### Added\n\
                 section - the project as it is (COMMIT)\n",
            ),
        );
}

#[test]
fn nothing_written_where_no_section_is_needed() {
    with_changelog(EMPTY)
        .refused(
            "minor",
            "changelog: CHANGELOG.md has nothing under `Unreleased`; write what changed, or set \
             changelog.generate = true or changelog.required = false",
        )
        .until_configured("changelog.required = false")
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

/// The section has the style of those before it.
#[test]
fn a_changelog_in_restructuredtext() {
    let changelog = "
        Changes
        =======

        Unreleased
        ----------

        - A demonstration.

        0.1.0 (2025-01-01)
        ------------------

        - First.
    ";
    project(IN_TREE, "version = \"0.1.0\"\n")
        .package()
        .file("CHANGES.rst", changelog)
        .tags(["v0.1.0"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit CHANGES.rst
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            section 0.2.0 (2026-01-01)
            section ------------------
            section - A demonstration.
            "#,
        );
}

#[test]
fn a_changelog_that_is_generated_from_the_beginning() {
    project(IN_TREE, "version = \"0.1.0\"\n")
        .package()
        .configured("changelog.generate = true")
        .tags(["v0.1.0"])
        .releases(
            "minor",
            &with_section(
                "section ## [0.2.0] - 2026-01-01\nsection ### Added\n\
                 section - the project as it is (COMMIT)\n",
            ),
        );
}

/// As its documentation configures it for Markdown:
/// https://towncrier.readthedocs.io/en/stable/markdown.html
#[test]
fn fragments_of_towncrier() {
    let lines = r###"
        version = "0.1.0"
        [tool.towncrier]
        directory = "changelog.d"
        filename = "CHANGELOG.md"
        start_string = "<!-- towncrier release notes start -->\n"
        underlines = ["", "", ""]
        title_format = "## [{version}](https://forge.example/demo/tree/{version}) - {project_date}"
        issue_format = "[#{issue}](https://forge.example/demo/issues/{issue})"

        [[tool.towncrier.type]]
        directory = "added"
        name = "Added"
        showcontent = true

        [[tool.towncrier.type]]
        directory = "fixed"
        name = "Fixed"
        showcontent = true
    "###;
    let changelog = "
        # Changelog

        <!-- towncrier release notes start -->

        ## [0.1.0](https://forge.example/demo/tree/0.1.0) - 2025-01-01

        - The beginning.
    ";
    project(IN_TREE, lines)
        .package()
        .file("CHANGELOG.md", changelog)
        .file("changelog.d/.gitignore", "!.gitignore\n")
        .file("changelog.d/1.added.md", "A demonstration.\n")
        .file("changelog.d/+names.fixed.md", "Names of fragments.\n")
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "changelog: changelog.d has 2 fragments for `towncrier`, which was not found; install \
             it on PATH, for instance with `uv tool install towncrier`",
        )
        .until_installed(["towncrier"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit CHANGELOG.md
            commit changelog.d/+names.fixed.md removed
            commit changelog.d/1.added.md removed
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            section ## [0.2.0](https://forge.example/demo/tree/0.2.0) - 2026-01-01
            section ### Added
            section - A demonstration. ([#1](https://forge.example/demo/issues/1))
            section ### Fixed
            section - Names of fragments.
            "#,
        );
}

/// https://scriv.readthedocs.io/en/latest/configuration.html; the title has no date, since
/// scriv takes that of the day.
#[test]
fn fragments_of_scriv() {
    let lines = r#"
        version = "0.1.0"
        [tool.scriv]
        format = "md"
        md_header_level = "2"
        entry_title_template = "{{ version }}"
    "#;
    let changelog = "
        # Changelog

        <!-- scriv-insert-here -->

        ## 0.1.0

        - The beginning.
    ";
    project(IN_TREE, lines)
        .package()
        .file("CHANGELOG.md", changelog)
        .file("changelog.d/20251201_120000_ada_demo.md", "### Added\n\n- A demonstration.\n")
        .tags(["v0.1.0"])
        .refused(
            "minor",
            "changelog: changelog.d has 1 fragment for `scriv`, which was not found; install it on \
             PATH, for instance with `uv tool install scriv`",
        )
        .until_installed(["scriv"])
        .releases(
            "minor",
            r#"
            version 0.2.0
            tag v0.2.0
            commit CHANGELOG.md
            commit changelog.d/20251201_120000_ada_demo.md removed
            commit pyproject.toml: version = "0.2.0"
            wheel demo/__init__.py
            section ## 0.2.0
            section ### Added
            section - A demonstration.
            "#,
        );
}
