//! What a title of a changelog names: a version, or changes that are not released yet.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{date::find_date, markup::pattern};

/// What a section is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heading {
    /// Changes of whichever version comes next.
    Unreleased,
    /// A version.
    Version(VersionHeading),
}

/// The parts of a title that names a version, by their place in the title's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VersionHeading {
    /// The version, without `v`.
    pub(super) version: Range<usize>,
    /// Its date, or what stands for the date of a release to come.
    pub(super) date: Option<Range<usize>>,
    /// Whether it is not released yet: `1.4 (unreleased)`.
    pub(super) is_pending: bool,
    /// Whether it has nothing that belongs to this one release, such as a name.
    pub(super) is_plain: bool,
    /// Whether it has a date, brackets or a link, so that it is a version at any level.
    pub(super) is_marked: bool,
}

impl Heading {
    /// Reads the text of a title; `None` when it names neither.
    pub(super) fn read(text: &str) -> Option<Self> {
        let visible = hide_matches(text, &INVISIBLE);
        let version = VersionHeading::read(&visible);
        match version {
            None if UNRELEASED.is_match(&visible) => Some(Self::Unreleased),
            version => version.map(Self::Version),
        }
    }
}

/// Addresses, tags, attributes and emoji, which a reader does not see.
pub(super) static INVISIBLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\]\([^)]*\)|<[^>]*>|\{[^}]*\}|:[a-z0-9_+]+:"));

static UNRELEASED: LazyLock<Regex> = LazyLock::new(|| {
    let first = r"unreleased|not\s+(?:yet\s+)?released|upcoming|in\s+(?:development|progress)|under\s+development|next\s+(?:release|version)";
    let whole = "dev|devel|development|develop|next|vnext|main|master|trunk|head|wip|pending";
    pattern(&format!(r"(?i)^\W*(?:(?:{first})\b|(?:{whole})\W*(?:\([^)]*\))?\W*$)"))
});

/// What stands in the place of a date.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)\b(?:unreleased | not\s+(?:yet\s+)?released | (?:in|under)\s+development
        | in\s+progress | tb[acd] | to\ be\ (?:announced|released|determined)
        | dev | development | wip | upcoming | pending | soon
        | yyyy[-/.]mm[-/.]dd | [x\d]{4}[-/.](?:x{2}[-/.][x\d]{2} | \d\d[-/.]xx))\b
        | [?\d]{4}-[?\d]{2}-\?\?",
    )
});

/// Of these, the ones that mean it in whatever surroundings.
static UNRELEASED_ANYWHERE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:unreleased|not\s+(?:yet\s+)?released)\b"));

static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^0-9A-Za-z.])(?P<v>[vV]\.?\s?)?(?P<version>(?:\d+!)?\d+(?:[.\-_+]?[0-9A-Za-z]+)*)",
    )
});

static LETTERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Alphabetic}+"));

/// Words around a version that say nothing of their own.
const USUAL: [&str; 14] = [
    "version",
    "release",
    "released",
    "ver",
    "v",
    "changes",
    "in",
    "new",
    "what",
    "s",
    "notes",
    "changelog",
    "on",
    "for",
];

/// Words before a version by which a title is about something else than its release.
const OTHER_SUBJECTS: [&str; 13] = [
    "python",
    "to",
    "from",
    "with",
    "since",
    "until",
    "before",
    "after",
    "and",
    "upgrade",
    "upgrading",
    "migrating",
    "support",
];

/// Words after it that belong to that one release.
const REMARKS: [&str; 6] = ["yanked", "final", "stable", "lts", "current", "date"];

impl VersionHeading {
    fn read(visible: &str) -> Option<Self> {
        // Numbers of a date are no version; with dots they are one before they are a date.
        let date = find_date(visible, usize::MAX).map(|date| date.range);
        let dateless = date.clone().map_or(visible.to_owned(), |date| hide(visible, date));
        let found = VERSION.captures(&dateless)?;
        let version = found.name("version")?.range();
        let start = found.name("v").map_or(version.start, |v| v.start());
        let is_prefixed = start < version.start;
        let date = date.or_else(|| date_after(visible, version.end));
        let around = Surroundings::read(visible, &(start..version.end), date.as_ref());
        around.allow(&visible[version.clone()], is_prefixed).then(|| Self {
            is_plain: around.is_plain(),
            is_marked: date.is_some() || visible[..start].contains('['),
            is_pending: around.placeholder.is_some(),
            date: date.or_else(|| around.placeholder.clone()),
            version,
        })
    }
}

fn date_after(visible: &str, end: usize) -> Option<Range<usize>> {
    let date = find_date(&visible[end..], 0)?.range;
    Some(end + date.start..end + date.end)
}

/// What is before and after a version, without date and placeholder.
struct Surroundings {
    before: String,
    after: String,
    placeholder: Option<Range<usize>>,
    is_placeholder_first: bool,
}

impl Surroundings {
    fn read(visible: &str, version: &Range<usize>, date: Option<&Range<usize>>) -> Self {
        let rest = hide(visible, version.clone());
        let rest = date.map_or(rest.clone(), |date| hide(&rest, date.clone()));
        let around = Self::without(&rest, version, &PLACEHOLDER);
        if around.is_usual() {
            return around;
        }
        // Within a sentence `dev` is a word like any other.
        Self::without(&rest, version, &UNRELEASED_ANYWHERE)
    }

    fn without(rest: &str, version: &Range<usize>, placeholder: &Regex) -> Self {
        let placeholder = placeholder.find(rest).map(|found| found.range());
        let without = placeholder.clone().map_or(rest.to_owned(), |range| hide(rest, range));
        Self {
            before: without[..version.start].to_owned(),
            after: without[version.end..].to_owned(),
            is_placeholder_first: placeholder.as_ref().is_some_and(|at| at.end <= version.start),
            placeholder,
        }
    }

    /// Whether nothing but the usual words and remarks is around the version.
    fn is_usual(&self) -> bool {
        let mut after = letters(&self.after);
        after.all(|word| USUAL.contains(&word.as_str()) || REMARKS.contains(&word.as_str()))
    }

    fn is_plain(&self) -> bool {
        let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
        letters(&self.after).all(|word| USUAL.contains(&word.as_str()))
            && !digits(&self.before)
            && !digits(&self.after)
    }

    /// Whether the title names this version, rather than mentioning it.
    fn allow(&self, version: &str, is_prefixed: bool) -> bool {
        let names: Vec<String> =
            letters(&self.before).filter(|word| !USUAL.contains(&word.as_str())).collect();
        if !self.is_version(version, is_prefixed) || self.is_about_else(&names) {
            return false;
        }
        let after = self.after.trim_start_matches([' ', ']', '`', '*']);
        let is_separated = after.starts_with([':', ',', '–', '—', '-', '(', '"', '[', '“']);
        let is_long = version.split('.').count() > 2;
        let is_clear = is_separated || is_long || is_prefixed || self.placeholder.is_some();
        self.is_usual() || (names.is_empty() && is_clear)
    }

    /// Whether a number can be a version, rather than any other number.
    fn is_version(&self, version: &str, is_prefixed: bool) -> bool {
        let mut before = letters(&self.before).peekable();
        let is_alone = before.peek().is_none() && self.is_usual() && is_number(version);
        let is_announced =
            before.peek().is_some() && before.all(|word| USUAL.contains(&word.as_str()));
        version.contains('.') || is_prefixed || is_alone || is_announced
    }

    /// Whether the words before a version are more than the name of a project.
    fn is_about_else(&self, names: &[String]) -> bool {
        let mut subjects = OTHER_SUBJECTS.iter();
        names.len() > 2
            || subjects.any(|subject| names.iter().any(|name| name == subject))
            || (self.is_placeholder_first && !names.is_empty())
    }
}

/// A number alone may be a version; a year alone is a title of its own.
fn is_number(version: &str) -> bool {
    version.parse::<u32>().is_ok_and(|number| !(1990..2100).contains(&number))
}

fn letters(text: &str) -> std::vec::IntoIter<String> {
    let found = LETTERS.find_iter(text).map(|word| word.as_str().to_lowercase());
    found.collect::<Vec<_>>().into_iter()
}

/// The same text with blanks in the place of some bytes.
fn hide(text: &str, range: Range<usize>) -> String {
    let blanks = " ".repeat(range.len());
    [&text[..range.start], &blanks, &text[range.end..]].concat()
}

/// Hides all matches; of a link's `](address)` the bracket stays.
fn hide_matches(text: &str, regex: &Regex) -> String {
    let mut visible = text.to_owned();
    for found in regex.find_iter(text) {
        let bracket = usize::from(found.as_str().starts_with(']'));
        visible = hide(&visible, found.start() + bracket..found.end());
    }
    visible
}

/// What the first line below a title says of the release, as in `Released 2025-05-13`
/// or `Unreleased`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatusLine {
    /// The date, or what stands for it, in the line.
    pub(super) date: Range<usize>,
    /// Whether it says that the version is not released yet.
    pub(super) is_pending: bool,
}

impl StatusLine {
    /// Reads a line; `None` when it is about anything else.
    pub(super) fn read(line: &str) -> Option<Self> {
        let date = find_date(line, 0).map(|date| date.range);
        let is_pending = date.is_none();
        let date = date.or_else(|| PLACEHOLDER.find(line).map(|found| found.range()))?;
        let mut others = letters(&hide(line, date.clone()));
        let is_usual =
            others.all(|word| ["released", "release", "date", "on"].contains(&word.as_str()));
        let is_item = line.trim_start().starts_with(['-', '+', '#']) || line.starts_with("* ");
        (is_usual && !is_item).then_some(Self { date, is_pending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, date or placeholder, and whether it is pending.
    fn read(text: &str) -> Option<(&str, Option<&str>, bool)> {
        match Heading::read(text)? {
            Heading::Unreleased => Some(("Unreleased", None, true)),
            Heading::Version(heading) => Some((
                &text[heading.version],
                heading.date.map(|date| &text[date]),
                heading.is_pending,
            )),
        }
    }

    #[test]
    fn released_versions_are_read_in_all_usual_forms() {
        for (text, version, date) in [
            ("[1.2.0] - 2026-11-20", "1.2.0", Some("2026-11-20")),
            (
                "[1.2.0](https://forge.example/1.1...1.2.0) (2026-11-20)",
                "1.2.0",
                Some("2026-11-20"),
            ),
            ("v1.2.0-rc.1 (2026-11-20)", "1.2.0-rc.1", Some("2026-11-20")),
            ("`v1.2.3`", "1.2.3", None),
            ("**1.2.3**", "1.2.3", None),
            ("1.2.0: the second", "1.2.0", None),
            ("1.2.0 - Fast and small", "1.2.0", None),
            ("[0.9] - 2020-01-01 [YANKED]", "0.9", Some("2020-01-01")),
            ("Version 3.1.1", "3.1.1", None),
            ("pytest 8.3.4 (2024-12-01)", "8.3.4", Some("2024-12-01")),
            ("Django 5.2.1 release notes", "5.2.1", None),
            ("What's New in astroid 3.3.0?", "3.3.0", None),
            ("0.28.1 (6th December, 2024)", "0.28.1", Some("6th December, 2024")),
            ("2024-05-01 - v1.2.3", "1.2.3", Some("2024-05-01")),
            ("2024.05.01", "2024.05.01", None),
            ("24.1.0 (2024.05.01)", "24.1.0", Some("2024.05.01")),
            ("<a name=\"1.2.3\"></a>1.2.3", "1.2.3", None),
            (
                "9.5.2 <small>December 11, 2023</small> { id=\"9.5.2\" }",
                "9.5.2",
                Some("December 11, 2023"),
            ),
            ("mkdocs-material-9.5.2 (2023-12-11)", "9.5.2", Some("2023-12-11")),
            ("v75.0.0", "75.0.0", None),
            ("v7", "7", None),
            ("42", "42", None),
            ("1.x", "1.x", None),
            ("1.2.0rc1 (2024-05-01)", "1.2.0rc1", Some("2024-05-01")),
            ("1.3 / 2024-05-01", "1.3", Some("2024-05-01")),
            ("🚀 2.0.0 — 2024-05-01", "2.0.0", Some("2024-05-01")),
            ("1.2.0: dev tools", "1.2.0", None),
        ] {
            assert_eq!(read(text), Some((version, date, false)), "{text}");
        }
    }

    #[test]
    fn what_is_not_released_is_read_in_all_usual_forms() {
        for text in [
            "[Unreleased]",
            "unreleased",
            "UNRELEASED",
            "Unreleased changes",
            "[Unreleased][]",
            "Unreleased (in development)",
            "[Unreleased] - yyyy-mm-dd",
            "dev",
            "Next",
            "main",
            "Next release",
            "Upcoming",
            "`Unreleased`",
            "In development",
            "dev (main)",
            "[Unreleased](https://forge.example/compare/v1.2.0...HEAD)",
            "Unreleased changes since 1.3",
        ] {
            assert_eq!(read(text), Some(("Unreleased", None, true)), "{text}");
        }
        for (text, version, placeholder) in [
            ("1.4 (unreleased)", "1.4", "unreleased"),
            ("[1.4.0] - Unreleased", "1.4.0", "Unreleased"),
            ("v1.4.0 - UNRELEASED", "1.4.0", "UNRELEASED"),
            ("Version 1.4 (not yet released)", "1.4", "not yet released"),
            ("1.4.0 (TBD)", "1.4.0", "TBD"),
            ("1.4.0 - 2026-XX-XX", "1.4.0", "2026-XX-XX"),
            ("1.4.0 (????-??-??)", "1.4.0", "????-??-??"),
            ("1.4.0 (in development)", "1.4.0", "in development"),
            ("Django 5.3 release notes - UNDER DEVELOPMENT", "5.3", "UNDER DEVELOPMENT"),
            ("Unreleased: 1.4.0", "1.4.0", "Unreleased"),
        ] {
            assert_eq!(read(text), Some((version, Some(placeholder), true)), "{text}");
        }
    }

    #[test]
    fn other_titles_name_nothing() {
        for text in [
            "Changelog",
            "Added",
            "Notes",
            "2024",
            "2024-05-01",
            "Python 3 support removed",
            "3.13 support",
            "2nd edition",
            "Developer notes",
            "Next steps",
            "Migration from 1.0 to 2.0",
            "Support for Python 3.13 and what it brings",
            "Release History",
            "Python 3.13",
            "Upgrading to 2.0",
            "Changes since 1.0",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_below_the_title_may_have_the_date() {
        for (line, expected) in [
            ("Released 2025-05-13", Some(("2025-05-13", false))),
            ("Unreleased", Some(("Unreleased", true))),
            ("Release date: TBA", Some(("TBA", true))),
            ("*May 7, 2025*", Some(("May 7, 2025", false))),
            ("- Unreleased", None),
            ("Unreleased features moved", None),
            ("Fixed on 2025-05-13 by hand", None),
        ] {
            let read = StatusLine::read(line).map(|status| (&line[status.date], status.is_pending));
            assert_eq!(read, expected, "{line}");
        }
    }
}
