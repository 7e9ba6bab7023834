//! The title of a new section, in the style of the ones that exist.

use super::{
    date::find_date,
    document::{Changelog, Section},
    heading::{INVISIBLE, VersionHeading},
    links::{next_address, replace_version},
    markup::Markup,
};

/// What a new title contains.
#[derive(Debug, Clone, Copy)]
pub(super) struct TitleValues<'a> {
    pub(super) version: &'a str,
    /// `2026-11-20`.
    pub(super) date: &'a str,
    pub(super) ending: &'a str,
}

/// The lines of a new title: as those of the newest version that was released, else
/// derived from the title of the section that becomes the version's.
pub(super) fn new_title(
    changelog: &Changelog<'_>,
    current: Option<&Section>,
    values: TitleValues<'_>,
) -> String {
    let like_released = released_sections(changelog).find_map(|(section, heading)| {
        let text = changelog.title_text(section);
        Some((title_like(text, heading, values)?, section))
    });
    let own = || {
        let section = current?;
        let text = changelog.title_text(section);
        Some((first_title(changelog, text, section.version_heading(), values), section))
    };
    match like_released.or_else(own) {
        Some((text, model)) => {
            let model_text = changelog.title_text(model);
            model.title.mark.write(&text, model_text, values.ending)
        }
        None => String::new(),
    }
}

/// Sections of released versions whose titles can be models, the newest first.
fn released_sections<'c>(
    changelog: &'c Changelog<'_>,
) -> impl Iterator<Item = (&'c Section, &'c VersionHeading)> {
    changelog.sections.iter().filter_map(|section| {
        let heading = section.version_heading().filter(|heading| heading.is_plain)?;
        (!changelog.is_pending(section)).then_some((section, heading))
    })
}

/// The text of a title with another version and another date; `None` when its link
/// cannot be derived.
fn title_like(text: &str, heading: &VersionHeading, values: TitleValues<'_>) -> Option<String> {
    let old = &text[heading.version.clone()];
    let mut edits = vec![(heading.version.clone(), values.version.to_owned())];
    if let Some(range) = &heading.date {
        let date = find_date(&text[range.clone()], 0).map(|date| date.write(values.date));
        edits.push((range.clone(), date.unwrap_or_else(|| values.date.to_owned())));
    }
    for found in INVISIBLE.find_iter(text) {
        let part = found.as_str();
        let address = part.strip_prefix("](").and_then(|part| part.strip_suffix(')'));
        let changed = match address {
            Some(address) => Some(format!("]({})", next_address(address, old, values.version)?)),
            None => replace_version(part, old, values.version),
        };
        edits.extend(changed.map(|changed| (found.range(), changed)));
    }
    Some(apply_edits(text, edits))
}

/// The title of the first release.
fn first_title(
    changelog: &Changelog<'_>,
    text: &str,
    heading: Option<&VersionHeading>,
    values: TitleValues<'_>,
) -> String {
    let TitleValues { version, date, .. } = values;
    match heading {
        Some(heading) if heading.date.is_some() && heading.is_plain => {
            title_like(text, heading, values).unwrap_or_else(|| format!("{version} ({date})"))
        }
        None if text.starts_with('[') => format!("[{version}] - {date}"),
        _ if changelog.markup == Markup::Markdown => format!("{version} - {date}"),
        _ => format!("{version} ({date})"),
    }
}

/// The line below a title that has the date of the release, as in the newest version
/// that has one.
pub(super) fn new_status(changelog: &Changelog<'_>, date: &str) -> Option<String> {
    let (section, _) = released_sections(changelog).next()?;
    let (line, status) = changelog.status_line(section).filter(|(_, status)| !status.is_pending)?;
    let line = &changelog.text[line];
    let written = find_date(&line[status.date.clone()], 0)?.write(date);
    Some(apply_edits(line, vec![(status.date, written)]))
}

/// A text with some ranges replaced.
pub(super) fn apply_edits(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut written, mut at) = (String::new(), 0);
    for (range, replacement) in edits {
        written.push_str(&text[at..range.start]);
        written.push_str(&replacement);
        at = range.end;
    }
    written + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::heading::Heading;

    #[test]
    fn a_title_is_written_like_the_one_before() {
        for (text, expected) in [
            ("[1.2.0] - 2024-05-01", "[1.3.0] - 2026-11-20"),
            ("1.2.0 (6th December, 2024)", "1.3.0 (20th November, 2026)"),
            ("v1.2.0 — 2024/05/01", "v1.3.0 — 2026/11/20"),
            ("`v1.2.0`", "`v1.3.0`"),
            ("pytest 1.2.0 (2024-12-01)", "pytest 1.3.0 (2026-11-20)"),
            (
                "[1.2.0](https://f/compare/v1.1.0...v1.2.0) (2024-05-01)",
                "[1.3.0](https://f/compare/v1.2.0...v1.3.0) (2026-11-20)",
            ),
            (
                "[1.2.0](https://f/tree/1.2.0) - 2024-05-01",
                "[1.3.0](https://f/tree/1.3.0) - 2026-11-20",
            ),
            (
                "1.2.0 <small>May 1, 2024</small> { id=\"1.2.0\" }",
                "1.3.0 <small>November 20, 2026</small> { id=\"1.3.0\" }",
            ),
        ] {
            let Some(Heading::Version(heading)) = Heading::read(text) else { panic!("{text}") };
            let values = TitleValues { version: "1.3.0", date: "2026-11-20", ending: "\n" };
            assert_eq!(title_like(text, &heading, values).as_deref(), Some(expected));
        }
    }
}
