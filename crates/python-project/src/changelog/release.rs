use super::{
    Changelog, ChangelogError, Section,
    links::{compare_addresses, link_block_start, link_definitions},
};

/// Turns the `Unreleased` section into the section of `version`, under a new
/// `Unreleased` title; link definitions at the end move on to `tag`. A text that
/// already has a section for the version is returned unchanged.
///
/// `date` is written as given: `2026-11-20`.
///
/// # Errors
/// [`ChangelogError`].
pub fn release(text: &str, version: &str, date: &str, tag: &str) -> Result<String, ChangelogError> {
    let changelog = Changelog::from_text(text);
    if let Some(section) = changelog.version(version) {
        return require_content(&changelog, section, version).map(|()| text.to_owned());
    }
    let Some(section) = changelog.unreleased() else {
        return Err(ChangelogError::NoSection { version: version.to_owned() });
    };
    require_content(&changelog, section, "Unreleased")?;
    let ending = line_ending(text);
    let bracketed = text[section.title.clone()].contains('[');
    let title = if bracketed { format!("[{version}]") } else { version.to_owned() };
    let (before, after) = text.split_at(section.title.end);
    let gap = if before.ends_with('\n') { "" } else { ending };
    let released = format!("{before}{gap}{ending}## {title} - {date}{ending}{after}");
    Ok(move_links(&released, version, tag))
}

fn require_content(
    changelog: &Changelog<'_>,
    section: &Section,
    name: &str,
) -> Result<(), ChangelogError> {
    if changelog.is_empty(section) {
        return Err(ChangelogError::Empty { section: name.to_owned() });
    }
    Ok(())
}

/// Inserts a generated list under `Unreleased`. The text stays unchanged if that
/// section already has content, or if the version has a section. A missing
/// `Unreleased` section is inserted before the first version.
#[must_use]
pub fn insert_unreleased(text: &str, version: &str, markdown: &str) -> String {
    let changelog = Changelog::from_text(text);
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
            let (before, after) = text.split_at(first.unwrap_or_else(|| link_block_start(text)));
            let gap =
                if before.is_empty() || before.ends_with(&ending.repeat(2)) { "" } else { ending };
            format!("{before}{gap}## [Unreleased]{ending}{ending}{lines}{ending}{ending}{after}")
        }
    }
}

fn move_links(text: &str, version: &str, tag: &str) -> String {
    let mut links = link_definitions(text);
    let link = links.find(|link| link.label.eq_ignore_ascii_case("unreleased"));
    let Some(link) = link else { return text.to_owned() };
    let Some((unreleased, compared)) = compare_addresses(link.address, tag) else {
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
    fn unreleased_becomes_the_version_under_a_new_unreleased() {
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
    fn an_empty_section_is_refused() {
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
        fn existing_lines_stay_in_order(body in "(- [a-z]{1,8}\r?\n){1,4}", ending in "(\n|\r\n)") {
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
