use super::{Changelog, ChangelogError, links};

/// The text in which what was not released yet is the section of `version`,
/// under a fresh `Unreleased`; link definitions at the end move on to `tag`.
/// A section for the version that is there already is kept as it is, and so is
/// the whole text.
///
/// `date` is written as given: `2026-11-20`.
///
/// # Errors
/// [`ChangelogError`].
pub fn release(text: &str, version: &str, date: &str, tag: &str) -> Result<String, ChangelogError> {
    let changelog = Changelog::parse(text);
    if let Some(section) = changelog.version(version) {
        return not_empty(&changelog, section, version).map(|()| text.to_owned());
    }
    let missing = || ChangelogError::NoSection { version: version.to_owned() };
    let section = changelog.unreleased().ok_or_else(missing)?;
    not_empty(&changelog, section, "Unreleased")?;
    let ending = line_ending(text);
    let bracketed = text[section.title.clone()].contains('[');
    let title = if bracketed { format!("[{version}]") } else { version.to_owned() };
    let (before, after) = text.split_at(section.title.end);
    let gap = if before.ends_with('\n') { "" } else { ending };
    let released = format!("{before}{gap}{ending}## {title} - {date}{ending}{after}");
    Ok(move_links(&released, version, tag))
}

fn not_empty(
    changelog: &Changelog<'_>,
    section: &super::Section,
    name: &str,
) -> Result<(), ChangelogError> {
    if changelog.is_empty(section) {
        return Err(ChangelogError::Empty { section: name.to_owned() });
    }
    Ok(())
}

/// The text with a generated list under `Unreleased`; as it was when people
/// wrote something there or the version has its section already. Without an
/// `Unreleased` section one is put before the first version.
#[must_use]
pub fn insert_unreleased(text: &str, version: &str, markdown: &str) -> String {
    let changelog = Changelog::parse(text);
    if changelog.version(version).is_some() {
        return text.to_owned();
    }
    let ending = line_ending(text);
    let lines = markdown.trim().replace('\n', ending);
    match changelog.unreleased() {
        Some(section) if changelog.is_empty(section) => {
            let (before, after) = (&text[..section.title.end], &text[section.body.end..]);
            let after = if after.is_empty() { String::new() } else { format!("{ending}{after}") };
            format!("{before}{ending}{lines}{ending}{after}")
        }
        Some(_) => text.to_owned(),
        None => {
            let first = changelog.sections().first().map(|section| section.title.start);
            let (before, after) = text.split_at(first.unwrap_or_else(|| links::block_start(text)));
            let gap =
                if before.is_empty() || before.ends_with(&ending.repeat(2)) { "" } else { ending };
            format!("{before}{gap}## [Unreleased]{ending}{ending}{lines}{ending}{ending}{after}")
        }
    }
}

fn move_links(text: &str, version: &str, tag: &str) -> String {
    let found = links::definitions(text).find(|link| link.label.eq_ignore_ascii_case("unreleased"));
    let Some(link) = found else { return text.to_owned() };
    let Some((unreleased, compared)) = links::compare_addresses(link.address, tag) else {
        return text.to_owned();
    };
    let ending = line_ending(text);
    let (label, rest) = (link.label, &text[link.start + link.line.len()..]);
    let before = &text[..link.start];
    let last = if link.line.ends_with('\n') { ending } else { "" };
    format!("{before}[{label}]: {unreleased}{ending}[{version}]: {compared}{last}{rest}")
}

fn line_ending(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEPT: &str = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- One\n\n## [0.1.0] - 2026-01-01\n\n- Zero\n\n\
                        [Unreleased]: https://f/a/compare/v0.1.0...HEAD\n[0.1.0]: https://f/a/releases/v0.1.0\n";

    #[test]
    fn unreleased_becomes_the_version_under_a_fresh_one() {
        assert_eq!(
            release(KEPT, "0.2.0", "2026-11-20", "v0.2.0").unwrap(),
            "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-20\n\n### Added\n\n- One\n\n\
             ## [0.1.0] - 2026-01-01\n\n- Zero\n\n\
             [Unreleased]: https://f/a/compare/v0.2.0...HEAD\n\
             [0.2.0]: https://f/a/compare/v0.1.0...v0.2.0\n[0.1.0]: https://f/a/releases/v0.1.0\n"
        );
    }

    #[test]
    fn releasing_twice_changes_nothing_more() {
        let once = release(KEPT, "0.2.0", "2026-11-20", "v0.2.0").unwrap();
        assert_eq!(release(&once, "0.2.0", "2026-11-21", "v0.2.0").unwrap(), once);
    }

    #[test]
    fn a_section_written_by_hand_is_kept() {
        let text = "## [Unreleased]\n\n- later\n\n## 0.2.0\n\n- by hand\n";
        assert_eq!(release(text, "0.2.0", "2026-11-20", "v0.2.0").unwrap(), text);
        assert_eq!(insert_unreleased(text, "0.2.0", "- generated"), text);
    }

    #[test]
    fn nothing_to_say_is_refused() {
        let empty = "## Unreleased\n\n### Added\n\n## 0.1\n- x\n";
        let section = |name: &str| ChangelogError::Empty { section: name.into() };
        assert_eq!(release(empty, "0.2", "d", "t"), Err(section("Unreleased")));
        assert_eq!(release("## 0.2\n", "0.2", "d", "t"), Err(section("0.2")));
        let none = ChangelogError::NoSection { version: "0.2".into() };
        assert_eq!(release("# Changelog\n", "0.2", "d", "t"), Err(none));
    }

    #[test]
    fn generated_text_fills_an_empty_section_only() {
        let empty = "# Changelog\n\n## Unreleased\n\n## 0.1\n- x\n";
        let filled = insert_unreleased(empty, "0.2", "### Added\n\n- One\n");
        assert_eq!(filled, "# Changelog\n\n## Unreleased\n\n### Added\n\n- One\n\n## 0.1\n- x\n");
        assert_eq!(insert_unreleased(&filled, "0.2", "- other"), filled);
        let none = insert_unreleased("# Changelog\n\n## 0.1\n", "0.2", "- One");
        assert_eq!(none, "# Changelog\n\n## [Unreleased]\n\n- One\n\n## 0.1\n");
        assert_eq!(insert_unreleased("", "0.2", "- One"), "## [Unreleased]\n\n- One\n\n");
    }

    proptest! {
        #[test]
        fn what_people_wrote_stays_in_order(body in "(- [a-z]{1,8}\r?\n){1,4}", ending in "(\n|\r\n)") {
            let text = format!("# C{ending}{ending}## [Unreleased]{ending}{body}## 0.1{ending}- old{ending}");
            let released = release(&text, "1.0", "2026-01-01", "v1.0").unwrap();
            let mut kept = released.lines();
            for line in text.lines() {
                prop_assert!(kept.any(|other| other == line), "{line} is missing in {released}");
            }
            prop_assert_eq!(release(&released, "1.0", "x", "y").unwrap(), released);
        }
    }
}
