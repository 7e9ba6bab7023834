use std::ops::Range;

use super::links::{link_block_start, link_definitions};

/// The title of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heading {
    /// Changes that are not released yet.
    Unreleased,
    /// A version, without brackets and `v`.
    Version(String),
}

/// A section of the second level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Title.
    pub heading: Heading,
    /// The line of the title, including its ending.
    pub title: Range<usize>,
    /// The text under the title, up to the next section or the link definitions
    /// at the end.
    pub body: Range<usize>,
}

/// A parsed changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changelog<'t> {
    text: &'t str,
    sections: Vec<Section>,
}

impl<'t> Changelog<'t> {
    /// Parses a text. Titles inside fenced code are text.
    #[must_use]
    pub fn from_text(text: &'t str) -> Self {
        let end = link_block_start(text);
        let titles = section_titles(&text[..end]);
        let ends: Vec<usize> =
            titles.iter().skip(1).map(|(_, title)| title.start).chain([end]).collect();
        let sections = titles.into_iter().zip(ends).map(|((heading, title), end)| {
            let body = title.end..end;
            Section { heading, title, body }
        });
        Self { text, sections: sections.collect() }
    }

    /// All sections, in the order of the text.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section of a version (`1.2.0`; a `v` before it is ignored).
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&Section> {
        let heading = Heading::Version(without_v(version).to_owned());
        self.sections.iter().find(|section| section.heading == heading)
    }

    /// The section of unreleased changes.
    #[must_use]
    pub fn unreleased(&self) -> Option<&Section> {
        self.sections.iter().find(|section| section.heading == Heading::Unreleased)
    }

    /// A section's text without blank lines around it.
    #[must_use]
    pub fn body(&self, section: &Section) -> &'t str {
        self.text[section.body.clone()].trim()
    }

    /// Whether a section has nothing but titles and comments.
    #[must_use]
    pub fn is_empty(&self, section: &Section) -> bool {
        let text = strip_comments(self.body(section));
        text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with("###"))
    }

    /// The notes of a version as self-contained Markdown: the text of its
    /// section with the link definitions that it uses. `None` when there is no
    /// such section or it is empty.
    #[must_use]
    pub fn notes(&self, version: &str) -> Option<String> {
        let section = self.version(version).filter(|section| !self.is_empty(section))?;
        let body = self.body(section).replace("\r\n", "\n");
        let used =
            link_definitions(self.text).filter(|link| body.contains(&format!("[{}]", link.label)));
        let lines: Vec<&str> = used.map(|link| link.line.trim_end()).collect();
        let separator = if lines.is_empty() { "" } else { "\n\n" };
        Some(format!("{body}{separator}{}\n", lines.join("\n")))
    }
}

fn section_titles(text: &str) -> Vec<(Heading, Range<usize>)> {
    let (mut titles, mut start, mut fence) = (Vec::new(), 0, None);
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        fence = next_fence(fence, line);
        if fence.is_none()
            && let Some(heading) = parse_heading(line)
        {
            titles.push((heading, range));
        }
    }
    titles
}

/// The fence that is open after this line.
fn next_fence(open: Option<&'static str>, line: &str) -> Option<&'static str> {
    let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
    match (open, mark) {
        (None, mark) => mark,
        (Some(open), Some(mark)) if open == mark => None,
        (open, _) => open,
    }
}

fn parse_heading(line: &str) -> Option<Heading> {
    let title = line.strip_prefix("## ")?.trim().trim_start_matches('[');
    let word = title.split([']', ' ', '\t', '(']).next()?.trim_end_matches([':', ',']);
    if word.eq_ignore_ascii_case("unreleased") {
        return Some(Heading::Unreleased);
    }
    let version = without_v(word);
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| Heading::Version(version.to_owned()))
}

fn without_v(version: &str) -> &str {
    version.strip_prefix(['v', 'V']).unwrap_or(version)
}

fn strip_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_parsed_in_all_usual_forms() {
        for (line, expected) in [
            ("## [Unreleased]\n", Some(Heading::Unreleased)),
            ("## unreleased", Some(Heading::Unreleased)),
            ("## [1.2.0] - 2026-11-20\r\n", Some(Heading::Version("1.2.0".into()))),
            (
                "## [1.2.0](https://forge.example/x) (2026-11-20)",
                Some(Heading::Version("1.2.0".into())),
            ),
            ("## v1.2.0-rc.1 (2026-11-20)", Some(Heading::Version("1.2.0-rc.1".into()))),
            ("## 1.2.0: the second", Some(Heading::Version("1.2.0".into()))),
            ("## [0.9] - 2020-01-01 [YANKED]", Some(Heading::Version("0.9".into()))),
            ("### Added", None),
            ("## Notes", None),
        ] {
            assert_eq!(parse_heading(line), expected, "{line}");
        }
    }

    #[test]
    fn titles_in_code_are_text() {
        let text = "# Changelog\n\n## [1.0]\n\n```\n## [2.0]\n```\nmore\n";
        let changelog = Changelog::from_text(text);
        assert_eq!(changelog.sections().len(), 1);
        assert_eq!(changelog.body(&changelog.sections()[0]), "```\n## [2.0]\n```\nmore");
    }

    #[test]
    fn a_section_of_titles_and_comments_is_empty() {
        let text = "## [Unreleased]\n### Added\n\n<!-- what\nis new -->\n\n## 1.0\n- x\n";
        let changelog = Changelog::from_text(text);
        assert!(changelog.is_empty(changelog.unreleased().unwrap()));
        assert!(!changelog.is_empty(changelog.version("v1.0").unwrap()));
    }

    #[test]
    fn notes_contain_the_links_they_use() {
        let text = "## [1.0]\r\n\r\n- See [#12] and [docs][d].\r\n\r\n[1.0]: https://a/1\r\n[#12]: https://a/12\r\n[d]: https://a/d\r\n";
        let notes = Changelog::from_text(text).notes("1.0").unwrap();
        assert_eq!(notes, "- See [#12] and [docs][d].\n\n[#12]: https://a/12\n[d]: https://a/d\n");
        assert_eq!(Changelog::from_text(text).notes("2.0"), None);
    }
}
