//! Changelogs in the style of projects that exist, released and quoted.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod properties;

use python_project::changelog::{
    Changelog, ChangelogError, CommitMessage, GeneratedNotes, Markup, NewRelease, generate, release,
};

const MARKDOWN: Markup = Markup::Markdown;
const REST: Markup = Markup::ReStructuredText;

/// A release on the 20th of November, 2026.
fn new_release(version: &str) -> NewRelease<'_> {
    NewRelease { version, pep440: version, date: "2026-11-20", tag: version, generated: None }
}

fn released(text: &str, markup: Markup, version: &str) -> Result<String, ChangelogError> {
    let tag = format!("v{version}");
    release(text, markup, &NewRelease { tag: &tag, ..new_release(version) })
}

fn generated() -> GeneratedNotes {
    let message = CommitMessage { text: "feat: new `--all`", commit: "abc1234" };
    generate([message])
}

/// Asserts the released text, that releasing it again changes nothing, and the notes.
#[track_caller]
fn assert_released(before: &str, markup: Markup, version: &str, after: &str, notes: &str) {
    let text = released(before, markup, version).unwrap();
    assert_eq!(text, after);
    assert_eq!(released(&text, markup, version).unwrap(), text, "releasing twice");
    let quoted = Changelog::from_text(&text, markup).notes(version).unwrap();
    assert_eq!(quoted.trim_end(), notes);
}

#[test]
fn keep_a_changelog() {
    assert_released(
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- One\n\n## [0.1.0] - 2026-01-01\n\n- Zero\n\n\
         [Unreleased]: https://f/a/compare/v0.1.0...HEAD\n[0.1.0]: https://f/a/releases/v0.1.0\n",
        MARKDOWN,
        "0.2.0",
        "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-20\n\n### Added\n\n- One\n\n\
         ## [0.1.0] - 2026-01-01\n\n- Zero\n\n\
         [Unreleased]: https://f/a/compare/v0.2.0...HEAD\n\
         [0.2.0]: https://f/a/compare/v0.1.0...v0.2.0\n[0.1.0]: https://f/a/releases/v0.1.0\n",
        "### Added\n\n- One",
    );
}

/// Rich: no title `Unreleased` between releases, definitions of each version at the end.
#[test]
fn rich() {
    assert_released(
        "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- Fixed `inspect`\n\n## [14.1.0] - 2025-07-25\n\n### Changed\n\n- Live\n\n\
         [14.1.0]: https://github.com/textualize/rich/compare/v14.0.0...v14.1.0\n[14.0.0]: https://github.com/textualize/rich/compare/v13.9.4...v14.0.0\n",
        MARKDOWN,
        "14.2.0",
        "# Changelog\n\n## Unreleased\n\n## [14.2.0] - 2026-11-20\n\n### Fixed\n\n- Fixed `inspect`\n\n## [14.1.0] - 2025-07-25\n\n### Changed\n\n- Live\n\n\
         [14.2.0]: https://github.com/textualize/rich/compare/v14.1.0...v14.2.0\n[14.1.0]: https://github.com/textualize/rich/compare/v14.0.0...v14.1.0\n[14.0.0]: https://github.com/textualize/rich/compare/v13.9.4...v14.0.0\n",
        "### Fixed\n\n- Fixed `inspect`",
    );
}

/// Black: no dates, and comments that say what belongs under each title.
#[test]
fn black() {
    assert_released(
        "# Change Log\n\n## Unreleased\n\n<!-- PR authors:\n     Please include the PR number -->\n\n### Highlights\n\n<!-- Include any especially major changes -->\n\n### Stable style\n\n- Fix crash (#4538)\n\n## 25.1.0\n\n### Highlights\n\nThe following changes\n",
        MARKDOWN,
        "25.2.0",
        "# Change Log\n\n## Unreleased\n\n## 25.2.0\n\n<!-- PR authors:\n     Please include the PR number -->\n\n### Highlights\n\n<!-- Include any especially major changes -->\n\n### Stable style\n\n- Fix crash (#4538)\n\n## 25.1.0\n\n### Highlights\n\nThe following changes\n",
        "<!-- PR authors:\n     Please include the PR number -->\n\n### Highlights\n\n<!-- Include any especially major changes -->\n\n### Stable style\n\n- Fix crash (#4538)",
    );
}

#[test]
fn a_template_of_comments_is_an_empty_section() {
    let text = "# Change Log\n\n## Unreleased\n\n<!-- PR authors -->\n\n### Highlights\n\n<!-- Include -->\n\n## 25.1.0\n\n- x\n";
    let empty = ChangelogError::Empty { section: "Unreleased".to_owned() };
    assert_eq!(released(text, MARKDOWN, "25.2.0"), Err(empty));
}

/// requests: Markdown with underlined titles, `dev` for what is not released.
#[test]
fn requests() {
    assert_released(
        "Release History\n===============\n\ndev\n---\n\n- \\[Short description of non-trivial change.\\]\n\n**Bugfixes**\n- Fixed netrc\n\n2.32.4 (2025-06-10)\n-------------------\n\n**Security**\n- CVE-2024-47081\n",
        MARKDOWN,
        "2.33.0",
        "Release History\n===============\n\ndev\n---\n\n2.33.0 (2026-11-20)\n-------------------\n\n- \\[Short description of non-trivial change.\\]\n\n**Bugfixes**\n- Fixed netrc\n\n2.32.4 (2025-06-10)\n-------------------\n\n**Security**\n- CVE-2024-47081\n",
        "- \\[Short description of non-trivial change.\\]\n\n**Bugfixes**\n- Fixed netrc",
    );
    let empty = "Release History\n===============\n\ndev\n---\n\n- \\[Short description of non-trivial change.\\]\n\n2.32.4 (2025-06-10)\n-------------------\n\n- x\n";
    assert!(released(empty, MARKDOWN, "2.33.0").is_err());
}

/// httpx: dates in words.
#[test]
fn httpx() {
    assert_released(
        "# Changelog\n\n## [UNRELEASED]\n\n* Add `verify`.\n\n## 0.28.1 (6th December, 2024)\n\n* Fix SSL case.\n",
        MARKDOWN,
        "0.29.0",
        "# Changelog\n\n## [UNRELEASED]\n\n## 0.29.0 (20th November, 2026)\n\n* Add `verify`.\n\n## 0.28.1 (6th December, 2024)\n\n* Fix SSL case.\n",
        "* Add `verify`.",
    );
}

/// pydantic: a section for each version, written by hand; `v` before versions.
#[test]
fn pydantic() {
    let text = "<!-- markdownlint-disable -->\n\n## v2.11.7 (2025-06-14)\n\n[GitHub release](https://github.com/pydantic/pydantic/releases/tag/v2.11.7)\n\n### What's Changed\n\n#### Fixes\n\n* Copy\n";
    assert_eq!(
        released(text, MARKDOWN, "2.11.8"),
        Err(ChangelogError::NoSection { version: "2.11.8".to_owned() })
    );
    let generated = generated();
    let new = NewRelease { generated: Some(&generated), ..new_release("2.11.8") };
    let expected = text.replacen(
        "## v2.11.7",
        "## v2.11.8 (2026-11-20)\n\n### Added\n\n- new `--all` (abc1234)\n\n## v2.11.7",
        1,
    );
    assert_eq!(release(text, MARKDOWN, &new).unwrap(), expected);
}

/// attrs: addresses in titles, and separators between versions.
#[test]
fn attrs() {
    assert_released(
        "# Changelog\n\n<!-- towncrier release notes start -->\n\n## Unreleased\n\n- New\n\n---\n\n## [25.3.0](https://github.com/python-attrs/attrs/tree/25.3.0) - 2025-03-13\n\n### Changes\n\n- Old\n",
        MARKDOWN,
        "25.4.0",
        "# Changelog\n\n<!-- towncrier release notes start -->\n\n## Unreleased\n\n## [25.4.0](https://github.com/python-attrs/attrs/tree/25.4.0) - 2026-11-20\n\n- New\n\n---\n\n## [25.3.0](https://github.com/python-attrs/attrs/tree/25.3.0) - 2025-03-13\n\n### Changes\n\n- Old\n",
        "- New",
    );
}

/// Flask: the line below the title says when the version was released.
#[test]
fn flask() {
    assert_released(
        "Version 3.2.0\n-------------\n\nUnreleased\n\n-   Drop support for Python 3.9. :pr:`5730`\n\n\nVersion 3.1.1\n-------------\n\nReleased 2025-05-13\n\n-   Fix signing key selection order when key rotation is enabled via\n    ``SECRET_KEY_FALLBACKS``. :ghsa:`4grg-w6v8-c28g`\n",
        REST,
        "3.2.0",
        "Version 3.2.0\n-------------\n\nReleased 2026-11-20\n\n-   Drop support for Python 3.9. :pr:`5730`\n\n\nVersion 3.1.1\n-------------\n\nReleased 2025-05-13\n\n-   Fix signing key selection order when key rotation is enabled via\n    ``SECRET_KEY_FALLBACKS``. :ghsa:`4grg-w6v8-c28g`\n",
        "-   Drop support for Python 3.9. #5730",
    );
}

/// zest.releaser: the next version is in the title already, and changes if need be.
#[test]
fn zest_releaser() {
    let text = "Changelog\n=========\n\n1.10 (unreleased)\n-----------------\n\n- Fix `x`.\n  [me]\n\n\n1.9 (2024-05-01)\n----------------\n\n- Old.\n";
    let after = |title: &str| {
        let line = "-".repeat(title.len());
        text.replace("1.10 (unreleased)\n-----------------", &format!("{title}\n{line}"))
    };
    let notes = "- Fix `x`.\n  [me]";
    assert_released(text, REST, "1.10.0", &after("1.10 (2026-11-20)"), notes);
    assert_released(text, REST, "2.0.0", &after("2.0.0 (2026-11-20)"), notes);
    assert_eq!(
        released(text, REST, "1.9.1"),
        Err(ChangelogError::Higher {
            section: "1.10 (unreleased)".to_owned(),
            version: "1.9.1".to_owned()
        })
    );
    let empty = text.replace("- Fix `x`.\n  [me]", "- Nothing changed yet.");
    let problem = ChangelogError::Empty { section: "1.10 (unreleased)".to_owned() };
    assert_eq!(released(&empty, REST, "1.10"), Err(problem));
}

/// pytest: the project's name in titles, and a label before each.
#[test]
fn pytest() {
    assert_released(
        ".. _`changelog`:\n\n=========\nChangelog\n=========\n\n.. towncrier release notes start\n\nUnreleased\n==========\n\nBug fixes\n---------\n\n- `#12 <https://github.com/pytest-dev/pytest/issues/12>`_: Fixed.\n\n.. _v8:\n\npytest 8.3.4 (2024-12-01)\n=========================\n\nBug fixes\n---------\n\n- Old.\n",
        REST,
        "8.4.0",
        ".. _`changelog`:\n\n=========\nChangelog\n=========\n\n.. towncrier release notes start\n\nUnreleased\n==========\n\npytest 8.4.0 (2026-11-20)\n=========================\n\nBug fixes\n---------\n\n- `#12 <https://github.com/pytest-dev/pytest/issues/12>`_: Fixed.\n\n.. _v8:\n\npytest 8.3.4 (2024-12-01)\n=========================\n\nBug fixes\n---------\n\n- Old.\n",
        "### Bug fixes\n\n- [#12](https://github.com/pytest-dev/pytest/issues/12): Fixed.",
    );
}

/// Django: an overline, words after the version and the date in a line of its own.
#[test]
fn django() {
    assert_released(
        "==================================================\nDjango 5.2.1 release notes - UNDER DEVELOPMENT\n==================================================\n\n*Under development*\n\nFixes\n=====\n\n* Fixed a crash.\n\n==========================\nDjango 5.2 release notes\n==========================\n\n*April 2, 2025*\n\n* Welcome.\n",
        REST,
        "5.2.1",
        "==========================\nDjango 5.2.1 release notes\n==========================\n\n*November 20, 2026*\n\nFixes\n=====\n\n* Fixed a crash.\n\n==========================\nDjango 5.2 release notes\n==========================\n\n*April 2, 2025*\n\n* Welcome.\n",
        "### Fixes\n\n* Fixed a crash.",
    );
}

#[test]
fn a_remark_below_unreleased_stays_with_it() {
    let before = "Unreleased\n==========\n\n*Under development*\n\n* A\n\n1.0rc1\n======\n\n* B\n\n0.9\n===\n";
    let after = "Unreleased\n==========\n\n*Under development*\n\n1.0\n===\n\n* A\n* B\n\n1.0rc1\n======\n\n* B\n\n0.9\n===\n";
    assert_released(before, REST, "1.0", after, "* A\n* B");
}

#[test]
fn other_titles_of_markdown() {
    for (unreleased, version, expected) in [
        ("# Unreleased", "# 1.1.0", "# Unreleased\n\n# 1.2.0\n"),
        ("## Unreleased (next week)", "## `v1.1.0`", "## Unreleased (next week)\n\n## `v1.2.0`\n"),
        ("## 1.2.0 (unreleased)", "## 1.1.0 (2024-05-01)", "## 1.2.0 (2026-11-20)\n"),
        ("## [1.2.0] - Unreleased", "## [1.1.0] - 2024-05-01", "## [1.2.0] - 2026-11-20\n"),
        ("## 1.2.0.dev0", "## 1.1.0", "## 1.2.0\n"),
        ("## Next", "## 1.1.0 / 01.05.2024", "## Next\n\n## 1.2.0 / 20.11.2026\n"),
        (
            "### Unreleased",
            "### v1.1.0 — May 1, 2024",
            "### Unreleased\n\n### v1.2.0 — November 20, 2026\n",
        ),
        (
            "## Unreleased",
            "## 1.1.0 - 2024-05-01 [YANKED]",
            "## Unreleased\n\n## 1.2.0 - 2026-11-20\n",
        ),
    ] {
        let before = format!("Intro\n\n{unreleased}\n\n- new\n\n{version}\n\n- old\n");
        let after = format!("Intro\n\n{expected}\n- new\n\n{version}\n\n- old\n");
        assert_eq!(released(&before, MARKDOWN, "1.2.0").unwrap(), after, "{unreleased}");
    }
}

#[test]
fn the_first_release_has_the_style_of_its_unreleased_section() {
    for (before, markup, after) in [
        (
            "# Changes\n\n## [Unreleased]\n\n- a\n",
            MARKDOWN,
            "# Changes\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-20\n\n- a\n",
        ),
        ("# Unreleased\n- a\n", MARKDOWN, "# Unreleased\n\n# 0.1.0 - 2026-11-20\n- a\n"),
        (
            "Unreleased\n~~~~~~~~~~\n\n- a\n",
            REST,
            "Unreleased\n~~~~~~~~~~\n\n0.1.0 (2026-11-20)\n~~~~~~~~~~~~~~~~~~\n\n- a\n",
        ),
        (
            "0.1.0 (unreleased)\n==================\n\n- a\n",
            REST,
            "0.1.0 (2026-11-20)\n==================\n\n- a\n",
        ),
        (
            "Version 0.1.0\n=============\n\nUnreleased\n\n- a\n",
            REST,
            "Version 0.1.0\n=============\n\nReleased 2026-11-20\n\n- a\n",
        ),
    ] {
        assert_eq!(released(before, markup, "0.1.0").unwrap(), after);
    }
}

#[test]
fn a_section_that_is_released_already_is_kept() {
    let text = "## [Unreleased]\n\n- later\n\n## 0.2.0\n\n- by hand\n";
    assert_eq!(released(text, MARKDOWN, "0.2.0").unwrap(), text);
    let generated = generated();
    let new = NewRelease { generated: Some(&generated), ..new_release("0.2.0") };
    assert_eq!(release(text, MARKDOWN, &new).unwrap(), text);
}

#[test]
fn generated_entries_fill_an_empty_section_and_never_the_end_of_the_file() {
    let generated = generated();
    let new = NewRelease { generated: Some(&generated), ..new_release("0.2.0") };
    for (before, markup, after) in [
        (
            "# C\n\n## Unreleased\n\n## 0.1.0\n- x\n",
            MARKDOWN,
            "# C\n\n## Unreleased\n\n## 0.2.0\n\n### Added\n\n- new `--all` (abc1234)\n\n## 0.1.0\n- x\n",
        ),
        (
            "# C\n\n## Unreleased\n\n- by hand\n\n## 0.1.0\n- x\n",
            MARKDOWN,
            "# C\n\n## Unreleased\n\n## 0.2.0\n\n- by hand\n\n## 0.1.0\n- x\n",
        ),
        (
            "# C\n\n## Unreleased\n\n[a]: b\n",
            MARKDOWN,
            "# C\n\n## Unreleased\n\n## 0.2.0 - 2026-11-20\n\n### Added\n\n- new `--all` (abc1234)\n\n[a]: b\n",
        ),
        (
            "# C\n\n## 0.2.0\n\n## 0.1.0\n- x\n",
            MARKDOWN,
            "# C\n\n## 0.2.0\n\n### Added\n\n- new `--all` (abc1234)\n\n## 0.1.0\n- x\n",
        ),
        (
            "Changes\r\n=======\r\n\r\n0.1 (2024-05-01)\r\n----------------\r\n\r\n- x\r\n",
            REST,
            "Changes\r\n=======\r\n\r\n0.2.0 (2026-11-20)\r\n------------------\r\n\r\nAdded\r\n~~~~~\r\n\r\n- new ``--all`` (abc1234)\r\n\r\n0.1 (2024-05-01)\r\n----------------\r\n\r\n- x\r\n",
        ),
        (
            "## Unreleased",
            MARKDOWN,
            "## Unreleased\n\n## 0.2.0 - 2026-11-20\n\n### Added\n\n- new `--all` (abc1234)\n",
        ),
    ] {
        let text = release(before, markup, &new).unwrap();
        assert_eq!(text, after);
        assert_eq!(release(&text, markup, &new).unwrap(), text, "releasing twice");
    }
    for text in ["# Changelog\n", "See the releases page.\n", ""] {
        assert_eq!(release(text, MARKDOWN, &new), Err(ChangelogError::NoHeading), "{text}");
    }
}

#[test]
fn the_final_version_has_the_entries_of_its_candidates() {
    let text = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- C\n\n## [1.2.0-rc.2] - 2026-11-02\n\n### Fixed\n\n- B\n\n## [1.2.0-rc.1] - 2026-11-01\n\n### Added\n\n- A\n\n## [1.1.0] - 2026-01-01\n\n- Old\n";
    let inserted = "## [1.2.0] - 2026-11-20\n\n### Fixed\n\n- C\n- B\n\n### Added\n\n- A\n\n";
    let after = text.replace("### Fixed\n\n- C\n\n", inserted);
    assert_released(text, MARKDOWN, "1.2.0", &after, "### Fixed\n\n- C\n- B\n\n### Added\n\n- A");
    let candidate = released(text, MARKDOWN, "1.2.0-rc.3").unwrap();
    assert!(
        candidate.contains("## [1.2.0-rc.3] - 2026-11-20\n\n### Fixed\n\n- C\n\n## [1.2.0-rc.2]")
    );
}

#[test]
fn a_final_version_without_changes_of_its_own_has_those_of_its_candidates() {
    let candidates = "1.2.0rc2 (2026-11-02)\n=====================\n\n* B\n\n1.2.0rc1 (2026-11-01)\n=====================\n\n* A\n\n1.1.0 (2026-01-01)\n==================\n\n* Old\n";
    let section = "1.2.0 (2026-11-20)\n==================\n\n* B\n* A\n\n";
    for start in ["", "Changes\n-------\n\n"] {
        let (before, after) =
            (format!("{start}{candidates}"), format!("{start}{section}{candidates}"));
        assert_released(&before, REST, "1.2.0", &after, "* B\n* A");
    }
    let pending =
        format!("1.2.0 (unreleased)\n==================\n\n- Nothing changed yet.\n\n{candidates}");
    assert_released(&pending, REST, "1.2.0", &format!("{section}{candidates}"), "* B\n* A");
}

#[test]
fn candidates_of_versions_before_the_last_final_one_are_left_out() {
    let text = "## Unreleased\n- D\n\n## 1.3.0rc1\n- C\n\n## 1.2.0\n- B\n\n## 1.2.0rc1\n- A\n";
    let after = "## Unreleased\n\n## 1.3.0\n- D\n- C\n\n## 1.3.0rc1\n- C\n\n## 1.2.0\n- B\n\n## 1.2.0rc1\n- A\n";
    assert_released(text, MARKDOWN, "1.3.0", after, "- D\n- C");
    let backport = released(text, MARKDOWN, "1.2.1").unwrap();
    assert!(backport.starts_with("## Unreleased\n\n## 1.2.1\n- D\n\n## 1.3.0rc1"), "{backport}");
}

#[test]
fn a_candidate_takes_the_section_of_its_final_version() {
    let text = "1.2.0 (unreleased)\n------------------\n\n- A\n\n1.1 (2024-05-01)\n----------------\n\n- x\n";
    let new = NewRelease { version: "1.2.0-rc.1", pep440: "1.2.0rc1", ..new_release("") };
    let after = release(text, REST, &new).unwrap();
    assert!(after.starts_with("1.2.0rc1 (2026-11-20)\n---------------------\n\n- A\n"), "{after}");
}

#[test]
fn what_contradicts_is_refused_with_its_lines() {
    for (text, problem) in [
        ("# C\n\n## 1.2.0\n- a\n\n## v1.2\n- b\n", "several sections of 1.2.0, on lines 3 and 6"),
        (
            "## Unreleased\n- a\n\n## [Unreleased]\n- b\n\n## 1.0\n",
            "several sections of unreleased changes, on lines 1 and 4",
        ),
        (
            "## 1.0\n- a\n\n## 1.1\n- b\n\n## Unreleased\n- c\n",
            "its oldest version first, and no section of 1.2.0",
        ),
        ("## 1.2.0\n\n## 1.1.0\n- x\n", "nothing under `1.2.0`"),
        ("## [Unreleased]\n\n### Added\n\n## 1.1.0\n- x\n", "nothing under `Unreleased`"),
        (
            "## 2.0.0 (unreleased)\n- x\n",
            "`2.0.0 (unreleased)` as its next section, which is higher than 1.2.0",
        ),
    ] {
        let error = released(text, MARKDOWN, "1.2.0").unwrap_err();
        assert_eq!(error.reason(), problem);
    }
}

#[test]
fn byte_order_mark_and_line_endings_stay() {
    let before = "\u{feff}## Unreleased\r\n\r\n- a\r\n\r\n## 1.0 (2024-05-01)\r\n\r\n- b";
    let after = "\u{feff}## Unreleased\r\n\r\n## 1.1 (2026-11-20)\r\n\r\n- a\r\n\r\n## 1.0 (2024-05-01)\r\n\r\n- b";
    assert_eq!(released(before, MARKDOWN, "1.1").unwrap(), after);
}
