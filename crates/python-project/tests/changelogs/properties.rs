//! What holds for every changelog that is released.

use proptest::prelude::*;
use python_project::changelog::{Changelog, Markup, release};

use crate::{MARKDOWN, REST, new_release};

/// The changelog of a project: titles of the section that is released, and of the one
/// before, with `=` for underlines of the same length.
type Style = (Markup, &'static str, &'static str);

const STYLES: [Style; 12] = [
    (MARKDOWN, "## [Unreleased]\n", "## [1.1.0] - 2024-05-01\n"),
    (MARKDOWN, "## Unreleased (soon)\n", "## v1.1.0 (May 1, 2024)\n"),
    (MARKDOWN, "# Unreleased\n", "# `v1.1.0`\n"),
    (MARKDOWN, "## 1.2.0 (unreleased)\n", "## 1.1.0 (2024-05-01)\n"),
    (MARKDOWN, "dev\n---\n", "1.1.0 (2024-05-01)\n------------------\n"),
    (
        MARKDOWN,
        "## [1.2.0](https://f/compare/v1.1.0...v1.2.0) - TBD\n",
        "## [1.1.0](https://f/compare/v1.0.0...v1.1.0) - 2024-05-01\n",
    ),
    (REST, "1.2.0 (unreleased)\n==================\n", "1.1.0 (2024-05-01)\n==================\n"),
    (REST, "Unreleased\n----------\n", "Version 1.1.0\n-------------\n"),
    (
        REST,
        "Version 1.2.0\n-------------\n\nUnreleased\n",
        "Version 1.1.0\n-------------\n\nReleased 2024-05-01\n",
    ),
    (REST, "==========\nUnreleased\n==========\n", "===========\ntool 1.1.0\n===========\n"),
    (REST, ".. _next:\n\nNext\n~~~~\n", ".. _v1:\n\n1.1.0 — 2024-05-01\n~~~~~~~~~~~~~~~~~~\n"),
    (REST, "1.2 (in development)\n--------------------\n", "1.1 / 1.5.2024\n--------------\n"),
];

/// The length of what two texts have in common at their start and their end.
fn common(before: &str, after: &str) -> (usize, usize) {
    let (before, after) = (before.as_bytes(), after.as_bytes());
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    (start, end)
}

proptest! {
    #[test]
    fn only_the_title_changes_and_the_section_has_the_same_text(
        style in proptest::sample::select(STYLES.to_vec()),
        start in "(|Changelog of the tool\\.\n\n|Text\n\nmore: 1\\.0\n\n)",
        body in "(- [a-z]{1,9}( [a-z]{1,9}|\n  [0-9.]{1,5}){0,3}\n){1,5}",
        older in "(- [a-z]{1,9}\n){0,4}",
        crlf in any::<bool>(),
    ) {
        let (markup, title, previous) = style;
        let ended = |text: String| if crlf { text.replace('\n', "\r\n") } else { text };
        let before = ended(format!("{start}{title}\n{body}\n{previous}\n{older}"));
        let after = release(&before, markup, &new_release("1.2.0")).unwrap();

        let (first, last) = common(&before, &after);
        let titles = ended(start.clone()).len()..ended(format!("{start}{title}\n")).len();
        prop_assert!(first >= titles.start && before.len() - last <= titles.end, "{after}");
        prop_assert_eq!(after.matches('\n').count() == after.matches("\r\n").count(), crlf);

        let notes = Changelog::from_text(&after, markup).notes("1.2.0").unwrap();
        prop_assert_eq!(notes.trim(), body.trim());
        prop_assert_eq!(release(&after, markup, &new_release("1.2.0")).unwrap(), after);
    }

    /// Short entries such as `- no` say that there is nothing.
    #[test]
    fn no_line_is_lost_when_candidates_become_final(
        own in "(- [a-m]{5,9}\n){0,3}",
        groups in proptest::collection::vec(("(Added|Fixed|Changed)", "(- [n-z]{5,9}\n){1,3}"), 1..4),
    ) {
        let candidates: String = groups.iter().enumerate().rev().map(|(index, (group, entries))| {
            format!("## 1.2.0rc{} (2026-01-01)\n\n### {group}\n\n{entries}\n", index + 1)
        }).collect();
        let before = format!("## Unreleased\n\n{own}\n{candidates}## 1.1.0 (2025-01-01)\n\n- old\n");
        let after = release(&before, MARKDOWN, &new_release("1.2.0")).unwrap();
        let mut lines = after.lines();
        for line in before.lines() {
            prop_assert!(lines.any(|other| other == line), "{line} is missing in {after}");
        }
        let notes = Changelog::from_text(&after, MARKDOWN).notes("1.2.0").unwrap();
        for line in own.lines().chain(groups.iter().flat_map(|(_, entries)| entries.lines())) {
            prop_assert!(notes.lines().any(|other| other == line), "{line} is missing in {notes}");
        }
    }

    #[test]
    fn any_text_is_parsed_and_what_is_released_keeps_its_lines(
        lines in proptest::collection::vec(
            "(## |# |### |)(Unreleased|1\\.0|\\[1\\.1\\] - 2024-01-01|v2|x|---|===|```|<!--|-->|\\.\\. _a:|)(\r\n|\n)", 0..12),
        is_markdown in any::<bool>(),
    ) {
        let (text, markup) = (lines.concat(), if is_markdown { MARKDOWN } else { REST });
        if let Ok(after) = release(&text, markup, &new_release("1.2.0")) {
            // The title of what is released may be that of another version: `1.0` above a
            // line `Unreleased`. Its underline is part of it.
            let titles = ["Unreleased", "1.0", "1.1", "v2", "---", "==="];
            let is_title = |line: &&str| titles.iter().any(|title| line.contains(title));
            let mut kept = after.lines();
            for line in text.lines().filter(|line| !is_title(line)) {
                prop_assert!(kept.any(|other| other == line), "{line:?} is missing in {after:?}");
            }
        }
    }
}
