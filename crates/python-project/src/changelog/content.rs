//! Whether a section has something to read, and the comments that are not for readers.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    markup::{Markup, pattern},
    title::{is_separator, titles},
};

/// What tools write into a section in which nothing is written yet, and the empty item.
static PLACEHOLDER_ITEM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^[-*+]?\s*[_*(]*(?:nothing(?:\ (?:changed|new))?(?:\ yet)? | no(?:\ changes)?(?:\ yet)?
        | n/a | tb[ad] | todo | \.\.\. | \\?\[short\ description\ of\ non-trivial\ change\.?\\?\]\.?)?[_*)]*\.?$",
    )
});

/// Whether a text has anything but titles, comments, separators and placeholders.
pub(super) fn has_content(text: &str, markup: Markup) -> bool {
    let text = without_comments(text, markup);
    let mut start = 0;
    let titles = titles(&text, markup);
    text.split_inclusive('\n').any(|line| {
        let at = start;
        start += line.len();
        let is_title = titles.iter().any(|title| title.lines.contains(&at));
        let line = line.trim();
        !(is_title || is_separator(line) || is_anchor(line) || PLACEHOLDER_ITEM.is_match(line))
    })
}

fn is_anchor(line: &str) -> bool {
    line.starts_with(".. _") || (line.starts_with("<a ") && line.ends_with("</a>"))
}

/// A text without the comments of its markup.
pub(super) fn without_comments(text: &str, markup: Markup) -> String {
    match markup {
        Markup::Markdown => without_html_comments(text),
        Markup::ReStructuredText => without_explicit_comments(text),
    }
}

fn without_html_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept + rest
}

static EXPLICIT_MARKUP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\.\. +(?:_.*:|\[.*\]|\|.*\||[A-Za-z0-9][A-Za-z0-9:._+-]*::)"));

/// In reStructuredText a comment is `..` without a directive, a target, a footnote or a
/// substitution, with all indented lines below it.
fn without_explicit_comments(text: &str) -> String {
    let mut is_comment = false;
    let kept = text.split_inclusive('\n').filter(|line| {
        let content = line.trim_end();
        let is_start = content == ".." || content.starts_with(".. ");
        is_comment = if is_start {
            !EXPLICIT_MARKUP.is_match(content)
        } else {
            is_comment && (content.is_empty() || line.starts_with([' ', '\t']))
        };
        !is_comment
    });
    kept.collect()
}

/// A text without blank lines and separators around it.
pub(super) fn trim_separators(text: &str) -> &str {
    let mut trimmed = text.trim_matches(['\n', '\r']).trim_end();
    while let Some(rest) = last_separator(trimmed) {
        trimmed = rest.trim_end();
    }
    // Blanks before the first line are part of it.
    let blank: usize =
        trimmed.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    &trimmed[blank..]
}

/// What is before a separator that ends the text, on a line after a blank one.
fn last_separator(text: &str) -> Option<&str> {
    let (rest, last) = text.rsplit_once('\n')?;
    (is_separator(last) && rest.trim_end_matches('\r').ends_with('\n')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_comments_separators_and_placeholders_are_nothing_to_read() {
        for text in [
            "",
            "\n### Added\n\n<!-- what\nis new -->\n\n---\n",
            "- Nothing changed yet.\n",
            "*\n",
            "_Nothing yet_\n",
            "- \\[Short description of non-trivial change.\\]\n",
            "TBD\n",
        ] {
            assert!(!has_content(text, Markup::Markdown), "{text}");
        }
        let rest = "\nFixes\n~~~~~\n\n.. Add entries here.\n   They are sorted.\n\n.. _label:\n\n- Nothing changed yet.\n";
        assert!(!has_content(rest, Markup::ReStructuredText));
    }

    #[test]
    fn everything_else_is_something_to_read() {
        for text in ["- x\n", "No significant changes.\n", "Nothing was lost.\n", "### A\ntext\n"] {
            assert!(has_content(text, Markup::Markdown), "{text}");
        }
        for text in ["* x\n", ".. note:: Read this.\n", "Fixes\n-----\n\n- x\n"] {
            assert!(has_content(text, Markup::ReStructuredText), "{text}");
        }
    }

    #[test]
    fn separators_around_a_text_are_cut_and_underlines_are_not() {
        assert_eq!(trim_separators("\r\n\r\n- x\r\n\r\n---\r\n\r\n"), "- x");
        assert_eq!(trim_separators("\n  indented\nTitle\n-----\n"), "  indented\nTitle\n-----");
    }
}
