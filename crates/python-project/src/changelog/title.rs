//! Titles of Markdown and reStructuredText, with the bytes that make them.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::markup::{Markup, pattern};

/// A title with the lines that make it one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Title {
    /// All of its lines, with the ending of the last.
    pub(super) lines: Range<usize>,
    /// Its text without marks.
    pub(super) text: Range<usize>,
    /// What marks it as a title.
    pub(super) mark: TitleMark,
    /// 1 for the highest.
    pub(super) level: usize,
}

/// What marks a line as a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TitleMark {
    /// So many `#` before it.
    Hashes(usize),
    /// A line of this character below it.
    Underline {
        character: char,
        /// How many characters the line has.
        length: usize,
        /// Whether the same line is above it.
        overline: bool,
    },
}

impl TitleMark {
    /// The lines of a title with this text. An underline that fits `model` fits the
    /// new text as well; a longer one keeps its length.
    pub(super) fn write(self, text: &str, model: &str, ending: &str) -> String {
        match self {
            Self::Hashes(count) => format!("{} {text}{ending}", "#".repeat(count)),
            Self::Underline { character, length, overline } => {
                let width = text.chars().count();
                let fits = length <= model.chars().count();
                let line =
                    character.to_string().repeat(if fits { width } else { length.max(width) });
                let above = if overline { format!("{line}{ending}") } else { String::new() };
                format!("{above}{text}{ending}{line}{ending}")
            }
        }
    }
}

impl TitleMark {
    /// The same mark with an underline as long as any text.
    pub(super) fn fitting(self) -> Self {
        match self {
            Self::Underline { character, overline, .. } => {
                Self::Underline { character, length: 0, overline }
            }
            mark @ Self::Hashes(_) => mark,
        }
    }

    /// Whether it is a line of this character.
    pub(super) fn is_of(self, wanted: char) -> bool {
        matches!(self, Self::Underline { character, .. } if character == wanted)
    }
}

/// A line of a text.
struct Line<'t> {
    start: usize,
    end: usize,
    /// Without blanks at its end.
    content: &'t str,
    /// Inside a code block, a comment or the front matter, where nothing is a title.
    is_hidden: bool,
}

/// All titles of a text.
pub(super) fn titles(text: &str, markup: Markup) -> Vec<Title> {
    let lines = lines_of(text, markup);
    let mut found: Vec<Title> = Vec::new();
    let mut styles = Vec::new();
    for index in 0..lines.len() {
        let title = match markup {
            Markup::Markdown => markdown_title(&lines, index),
            Markup::ReStructuredText => underlined_title(&lines, index, is_adornment),
        };
        let Some(mut title) = title else { continue };
        if found.last().is_some_and(|last| last.lines.end > title.lines.start) {
            continue;
        }
        title.level = level_of(title.mark, markup, &mut styles);
        found.push(title);
    }
    found
}

/// In reStructuredText the first style that is used is the highest level.
fn level_of(mark: TitleMark, markup: Markup, styles: &mut Vec<(char, bool)>) -> usize {
    let (character, overline) = match mark {
        TitleMark::Hashes(count) => return count,
        TitleMark::Underline { character, overline, .. } => (character, overline),
    };
    if markup == Markup::Markdown {
        return if character == '=' { 1 } else { 2 };
    }
    let style = (character, overline);
    let position = styles.iter().position(|other| *other == style);
    position.map_or_else(
        || {
            styles.push(style);
            styles.len()
        },
        |position| position + 1,
    )
}

fn lines_of(text: &str, markup: Markup) -> Vec<Line<'_>> {
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut hiding = Hiding::default();
    let lines = text[start..].split_inclusive('\n').enumerate().map(|(index, line)| {
        let (from, content) = (start, line.trim_end());
        start += line.len();
        let is_hidden = markup == Markup::Markdown && hiding.hides(content, index);
        Line { start: from, end: start, content, is_hidden }
    });
    lines.collect()
}

/// What is open at a line of Markdown.
#[derive(Default)]
struct Hiding {
    fence: Option<String>,
    is_comment: bool,
    is_front_matter: bool,
}

impl Hiding {
    fn hides(&mut self, line: &str, index: usize) -> bool {
        if self.is_front_matter || (index == 0 && line == "---") {
            self.is_front_matter = index == 0 || line != "---";
            return true;
        }
        if self.is_comment {
            self.is_comment = !line.contains("-->");
            return true;
        }
        if let Some(fence) = &self.fence {
            let is_closed = line.trim_start().starts_with(fence.as_str())
                && line.trim().chars().all(|c| fence.starts_with(c));
            self.fence = self.fence.take().filter(|_| !is_closed);
            return true;
        }
        self.fence = opened_fence(line);
        self.is_comment = line.rsplit_once("<!--").is_some_and(|(_, rest)| !rest.contains("-->"));
        self.fence.is_some()
    }
}

fn opened_fence(line: &str) -> Option<String> {
    let line = line.trim_start();
    let character = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = line.trim_start_matches(character);
    let is_fence = line.len() - rest.len() >= 3 && !(character == '`' && rest.contains('`'));
    is_fence.then(|| line[..line.len() - rest.len()].to_owned())
}

fn markdown_title(lines: &[Line<'_>], index: usize) -> Option<Title> {
    let line = &lines[index];
    if line.is_hidden {
        return None;
    }
    hash_title(line).or_else(|| underlined_title(lines, index, |line| is_line_of(line, "=-")))
}

static HASHES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?$"));

fn hash_title(line: &Line<'_>) -> Option<Title> {
    let found = HASHES.captures(line.content)?;
    let text = found.get(2).map_or(line.content.len()..line.content.len(), |text| text.range());
    Some(Title {
        lines: line.start..line.end,
        text: line.start + text.start..line.start + text.end,
        mark: TitleMark::Hashes(found[1].len()),
        level: 0,
    })
}

/// A title whose text is on line `index`: the first of its paragraph, with a line of
/// one character below it.
fn underlined_title(
    lines: &[Line<'_>],
    index: usize,
    is_adornment: impl Fn(&str) -> bool,
) -> Option<Title> {
    let (line, below) = (&lines[index], lines.get(index + 1)?);
    let text = line.content.trim_start();
    let width = text.chars().count();
    let is_below = is_adornment(below.content) && below.content.len() >= width.min(4);
    if text.is_empty() || !is_below || below.is_hidden || is_adornment(line.content) {
        return None;
    }
    let above = index.checked_sub(1).map(|above| &lines[above]);
    let overline = above.filter(|above| above.content == below.content && below.content != "--");
    let is_indented = text.len() < line.content.len();
    if overline.is_none() && (is_indented || !above.is_none_or(is_end_of_block) || is_item(text)) {
        return None;
    }
    let text_end = line.start + line.content.len();
    Some(Title {
        lines: overline.map_or(line.start, |above| above.start)..below.end,
        text: text_end - text.len()..text_end,
        mark: TitleMark::Underline {
            character: below.content.chars().next()?,
            length: below.content.chars().count(),
            overline: overline.is_some(),
        },
        level: 0,
    })
}

/// Whether a paragraph can start on the line after this one.
fn is_end_of_block(line: &Line<'_>) -> bool {
    let content = line.content;
    let is_closed = content.is_empty() || line.is_hidden || content.ends_with("-->");
    is_closed || content.starts_with("..") || content.starts_with("<a ") || content.starts_with('#')
}

/// Items of lists and quotes are no titles, with whatever line below them.
fn is_item(text: &str) -> bool {
    ["- ", "* ", "+ ", "> ", "|"].iter().any(|mark| text.starts_with(mark))
}

/// Characters that mark titles in reStructuredText.
const ADORNMENTS: &str = "=-`:.'\"~^_*+#<>!$%&,;?@/|\\()[]{}";

fn is_adornment(line: &str) -> bool {
    is_line_of(line, ADORNMENTS)
}

/// Whether a line has nothing but one of these characters, twice or more.
fn is_line_of(line: &str, characters: &str) -> bool {
    let first = line.chars().next().filter(|first| characters.contains(*first));
    first.is_some_and(|first| line.len() > 1 && line.chars().all(|c| c == first))
}

/// Whether a line only separates: a thematic break or a transition.
pub(super) fn is_separator(line: &str) -> bool {
    line.trim().len() > 2 && is_line_of(line.trim(), "-*_=~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, markup: Markup) -> Vec<(&str, usize)> {
        let found = titles(text, markup).into_iter();
        found.map(|title| (&text[title.text], title.level)).collect()
    }

    #[test]
    fn markdown_has_titles_behind_hashes_and_above_lines() {
        let text = "\u{feff}# Changelog\r\n\r\n## 1.0 ##\r\n\r\n- item\r\n---\r\n\r\ndev\r\n---\r\ntext\r\n1.0\r\n---\r\n";
        let expected = [("Changelog", 1), ("1.0", 2), ("dev", 2)];
        assert_eq!(texts(text, Markup::Markdown), expected);
        assert_eq!(
            texts("Release History\n=====\n\n#tag\n", Markup::Markdown),
            [("Release History", 1)]
        );
    }

    #[test]
    fn code_comments_and_front_matter_have_no_titles() {
        let text = "---\nversion: 2\n---\n# A\n```md\n## B\n```\n<!--\n## C\n-->\n<!-- x -->\n~~~~\n~~~\n## D\n~~~~\n## E\n";
        assert_eq!(texts(text, Markup::Markdown), [("A", 1), ("E", 2)]);
    }

    #[test]
    fn the_levels_of_restructuredtext_are_in_the_order_of_their_use() {
        let text = "=========\nChangelog\n=========\n\n.. _v1:\n\n1.0\n---\n\nFixes\n~~~~~\n\n* x::\n\n    0.9\n    ---\n\n0.9\n---\n";
        let expected = [("Changelog", 1), ("1.0", 2), ("Fixes", 3), ("0.9", 2)];
        assert_eq!(texts(text, Markup::ReStructuredText), expected);
    }

    #[test]
    fn an_underline_follows_its_title_unless_it_was_longer() {
        let mark = |length, overline| TitleMark::Underline { character: '=', length, overline };
        assert_eq!(mark(3, false).write("1.10.0", "1.0", "\n"), "1.10.0\n======\n");
        assert_eq!(
            mark(8, true).write("1.10.0", "1.0", "\r\n"),
            "========\r\n1.10.0\r\n========\r\n"
        );
        assert_eq!(TitleMark::Hashes(1).write("1.1", "1.0", "\n"), "# 1.1\n");
    }
}
