use std::path::Path;

use regex::Regex;

/// The language in which a changelog is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Markdown, CommonMark and its relatives.
    Markdown,
    /// reStructuredText, and plain text with underlined titles.
    ReStructuredText,
}

impl Markup {
    /// The markup that a file's ending names. Without such an ending (`CHANGES`,
    /// `NEWS.txt`) the titles decide: only Markdown has them behind `#`.
    #[must_use]
    pub fn of(path: &Path, text: &str) -> Self {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" | "mdx" => Self::Markdown,
            "rst" | "rest" => Self::ReStructuredText,
            _ if text.lines().any(has_hashes) => Self::Markdown,
            _ => Self::ReStructuredText,
        }
    }
}

fn has_hashes(line: &str) -> bool {
    line.starts_with('#') && line.trim_start_matches('#').starts_with(' ')
}

/// A pattern of this crate's own.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("a constant pattern: {error}"))
}

/// The line ending that a text uses; that of the first line decides.
pub(super) fn line_ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(end) if text[..end].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_and_titles_where_there_is_none() {
        let underlined = "1.0\n===\n\n* First\n";
        for (path, text, expected) in [
            ("CHANGELOG.md", underlined, Markup::Markdown),
            ("docs/CHANGES.RST", "# 1.0\n", Markup::ReStructuredText),
            ("NEWS", underlined, Markup::ReStructuredText),
            ("CHANGES.txt", "# 1.0\n", Markup::Markdown),
            ("CHANGES", "1.0\n===\n\n#. First\n", Markup::ReStructuredText),
        ] {
            assert_eq!(Markup::of(Path::new(path), text), expected, "{path}");
        }
    }
}
