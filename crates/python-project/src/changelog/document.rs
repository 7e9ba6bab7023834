use std::ops::Range;

use super::{
    content::{has_content, trim_separators},
    heading::{Heading, StatusLine, VersionHeading},
    links::link_block_start,
    markup::Markup,
    title::{Title, titles},
    version_text::{is_same, parse_version},
};

/// A section of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    pub(super) title: Title,
    /// Where it starts: with the anchors above its title.
    pub(super) start: usize,
    /// The text under the title, up to the next section or the link definitions at the
    /// end.
    pub(super) body: Range<usize>,
}

impl Section {
    /// The heading of a version.
    pub(super) fn version_heading(&self) -> Option<&VersionHeading> {
        match &self.heading {
            Heading::Unreleased => None,
            Heading::Version(heading) => Some(heading),
        }
    }
}

/// A parsed changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changelog<'t> {
    pub(super) text: &'t str,
    pub(super) markup: Markup,
    pub(super) sections: Vec<Section>,
}

impl<'t> Changelog<'t> {
    /// Parses a text. Titles inside code and comments are text.
    #[must_use]
    pub fn from_text(text: &'t str, markup: Markup) -> Self {
        let end = link_block_start(text, markup);
        let headings = headings(text, titles(&text[..end], markup));
        let starts: Vec<usize> =
            headings.iter().map(|(_, title)| start_with_anchors(text, title.lines.start)).collect();
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([end]).collect();
        let sections = headings.into_iter().zip(starts).zip(ends);
        let sections = sections.map(|(((heading, title), start), end)| {
            let body = title.lines.end..end.max(title.lines.end);
            Section { heading, title, start, body }
        });
        Self { text, markup, sections: sections.collect() }
    }

    /// Whether there is a section of a version or of unreleased changes.
    #[must_use]
    pub fn has_sections(&self) -> bool {
        !self.sections.is_empty()
    }

    /// The sections of a version, in whichever spelling; a file should have one.
    pub(super) fn sections_of(&self, version: &str) -> Vec<&Section> {
        let sections = self.sections.iter();
        sections
            .filter(|section| self.version_of(section).is_some_and(|other| is_same(other, version)))
            .collect()
    }

    /// The version of a section, as it is written.
    pub(super) fn version_of(&self, section: &Section) -> Option<&'t str> {
        let heading = section.version_heading()?;
        Some(&self.text[section.title.text.clone()][heading.version.clone()])
    }

    pub(super) fn title_text(&self, section: &Section) -> &'t str {
        &self.text[section.title.text.clone()]
    }

    /// The line below the title that says when the version was released, with its place
    /// in the text.
    pub(super) fn status_line(&self, section: &Section) -> Option<(Range<usize>, StatusLine)> {
        let body = &self.text[section.body.clone()];
        let start = body.len() - body.trim_start().len();
        let line = body[start..].lines().next()?;
        let at = section.body.start + start;
        Some((at..at + line.len(), StatusLine::read(line)?))
    }

    /// Whether a section is of a version that is not released yet.
    pub(super) fn is_pending(&self, section: &Section) -> bool {
        let Some(heading) = section.version_heading() else { return false };
        let version = self.version_of(section).and_then(parse_version);
        heading.is_pending
            || version.is_some_and(|version| version.is_dev())
            || self.status_line(section).is_some_and(|(_, status)| status.is_pending)
    }

    /// Whether a section has something to read.
    pub(super) fn is_filled(&self, section: &Section) -> bool {
        let start = match self.status_line(section) {
            Some((line, _)) => line.end,
            None => section.body.start,
        };
        has_content(&self.text[start..section.body.end], self.markup)
    }

    /// The text of a section, without separators around it and the line with its date.
    pub(super) fn body_text(&self, section: &Section) -> &'t str {
        let start = self.status_line(section).map_or(section.body.start, |(line, _)| line.end);
        trim_separators(&self.text[start..section.body.end])
    }
}

/// The titles that are headings of sections. Deeper ones than most are only when nothing
/// else is possible: `### 3.13` may be about a Python.
fn headings(text: &str, titles: Vec<Title>) -> Vec<(Heading, Title)> {
    let read = titles
        .into_iter()
        .filter_map(|title| Some((Heading::read(&text[title.text.clone()])?, title)));
    let mut found: Vec<(Heading, Title)> = read.collect();
    let count = |level: usize| found.iter().filter(|(_, title)| title.level == level).count();
    let usual = (1..=6).rev().max_by_key(|level| count(*level)).unwrap_or(1);
    found.retain(|(heading, title)| match heading {
        _ if title.level <= usual => true,
        Heading::Unreleased => false,
        Heading::Version(version) => version.is_marked,
    });
    found
}

/// Labels and anchors right above a title belong to it.
fn start_with_anchors(text: &str, title: usize) -> usize {
    let (mut start, mut at) = (title, title);
    for line in text[..title].split_inclusive('\n').rev() {
        at -= line.len();
        let content = line.trim();
        let is_label = content.starts_with(".. _") && content.ends_with(':');
        if is_label || (content.starts_with("<a ") && content.ends_with("</a>")) {
            start = at;
        } else if !content.is_empty() {
            break;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str, markup: Markup) -> Vec<&str> {
        let changelog = Changelog::from_text(text, markup);
        let sections = changelog.sections.iter();
        sections.map(|section| changelog.version_of(section).unwrap_or("Unreleased")).collect()
    }

    #[test]
    fn headings_of_other_levels_are_sections_only_when_they_must_be() {
        let text = "# Changelog\n\n# Unreleased\n\n## 1.2.0\n\n### 3.13\n\n- x\n\n### [1.1.1](https://a) (2024-01-01)\n\n## 1.1.0\n\n## 1.0.0\n";
        assert_eq!(
            versions(text, Markup::Markdown),
            ["Unreleased", "1.2.0", "1.1.1", "1.1.0", "1.0.0"]
        );
    }

    #[test]
    fn a_version_is_found_in_whichever_spelling() {
        let text = "## v1.2.0-rc.1\n\n- x\n\n## 1.1\n\n- y\n\n## 1.x\n\n- z\n";
        let changelog = Changelog::from_text(text, Markup::Markdown);
        for version in ["1.2.0rc1", "1.1.0", "1.x"] {
            assert_eq!(changelog.sections_of(version).len(), 1, "{version}");
        }
        assert!(changelog.sections_of("1.2.0").is_empty());
    }

    #[test]
    fn an_anchor_belongs_to_the_section_below_it() {
        let text = "Changes\n=======\n\n.. _v1-1:\n\n1.1\n---\n\n* new\n\n.. _v1-0:\n\n1.0\n---\n\n* old\n";
        let changelog = Changelog::from_text(text, Markup::ReStructuredText);
        let [first, second] = changelog.sections.as_slice() else { panic!("{changelog:?}") };
        assert_eq!(changelog.body_text(first), "* new");
        assert!(text[second.start..].starts_with(".. _v1-0:"));
        assert!(text[first.start..].starts_with(".. _v1-1:"));
    }
}
