//! A section quoted for release notes.

use super::{document::Changelog, links::link_definitions, markdown, markup::Markup};

impl Changelog<'_> {
    /// The notes of a version as self-contained Markdown: the text of its section, with
    /// the link definitions that it uses, or converted when the changelog is
    /// reStructuredText. `None` when there is no such section or it is empty.
    #[must_use]
    pub fn notes(&self, version: &str) -> Option<String> {
        let sections = self.sections_of(version);
        let section = sections.into_iter().find(|section| self.is_filled(section))?;
        let body = self.body_text(section).replace("\r\n", "\n");
        match self.markup {
            Markup::Markdown => Some(self.with_used_links(&body)),
            Markup::ReStructuredText => {
                let text = self.text.replace("\r\n", "\n");
                Some(markdown::from_restructuredtext(&body, &text))
            }
        }
    }

    fn with_used_links(&self, body: &str) -> String {
        let used = link_definitions(self.text, self.markup)
            .filter(|link| body.contains(&format!("[{}]", link.label)));
        let lines: Vec<&str> = used.map(|link| link.line.trim_end()).collect();
        let separator = if lines.is_empty() { "" } else { "\n\n" };
        format!("{body}{separator}{}\n", lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_contain_the_links_they_use() {
        let text = "## [1.0]\r\n\r\n- See [#12] and [docs][d].\r\n\r\n[1.0]: https://a/1\r\n[#12]: https://a/12\r\n[d]: https://a/d\r\n";
        let changelog = Changelog::from_text(text, Markup::Markdown);
        let notes = changelog.notes("1.0.0").unwrap();
        assert_eq!(notes, "- See [#12] and [docs][d].\n\n[#12]: https://a/12\n[d]: https://a/d\n");
        assert_eq!(changelog.notes("2.0"), None);
    }

    #[test]
    fn notes_have_neither_the_line_with_the_date_nor_the_separator() {
        let text = "Version 3.1\n-----------\n\nReleased 2025-05-13\n\n-   Fix ``x``.\n\n----\n\nVersion 3.0\n-----------\n\n- y\n";
        let changelog = Changelog::from_text(text, Markup::ReStructuredText);
        assert_eq!(changelog.notes("3.1").as_deref(), Some("-   Fix `x`.\n"));
    }
}
