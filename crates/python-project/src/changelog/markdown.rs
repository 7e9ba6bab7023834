//! The constructs of reStructuredText that changelogs use, as Markdown.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use regex::{Captures, Regex};

use super::{
    content::without_comments,
    links::link_definitions,
    markup::{Markup, pattern},
    title::{Title, titles},
};

/// The level of the highest titles inside a section.
const FIRST_LEVEL: usize = 3;

/// Converts the text of a section; `document` has the addresses of its links. What has
/// no equal in Markdown stays as it is written.
pub(super) fn from_restructuredtext(section: &str, document: &str) -> String {
    let section = without_comments(section, Markup::ReStructuredText);
    let links: BTreeMap<String, &str> = link_definitions(document, Markup::ReStructuredText)
        .map(|link| (link.label.to_lowercase(), link.address))
        .collect();
    let mut converted = String::new();
    for block in blocks(&with_markdown_titles(&section)) {
        match block {
            Block::Text(text) => converted.push_str(&convert_inline(&text, &links)),
            Block::Code { language, text, indent } => {
                let fence = format!("{indent}```");
                converted.push_str(&format!("{fence}{language}\n{text}{fence}\n\n"));
            }
        }
    }
    format!("{}\n", converted.trim_end())
}

fn with_markdown_titles(text: &str) -> String {
    let titles = titles(text, Markup::ReStructuredText);
    let highest = titles.iter().map(|title| title.level).min().unwrap_or(1);
    let (mut written, mut at) = (String::new(), 0);
    for Title { lines, text: title, level, .. } in titles {
        let hashes = "#".repeat((FIRST_LEVEL + level - highest).min(6));
        written.push_str(&text[at..lines.start]);
        written.push_str(&format!("{hashes} {}\n", &text[title]));
        at = lines.end;
    }
    written + &text[at..]
}

/// A part of a section.
enum Block {
    Text(String),
    /// Literal text, which ends before a line that is indented less.
    Code {
        language: String,
        text: String,
        indent: String,
    },
}

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\s*)\.\. ([a-z-]+)::\s*(.*)$"));

static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:[-*+]|\d+\.|#\.)\s+"));

/// Separates literal text, which is announced by `::` or a directive, from the rest.
fn blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut blocks, mut plain, mut index) = (Vec::new(), String::new(), 0);
    while let Some(line) = lines.get(index) {
        index += 1;
        let announced = announced_code(line);
        let code =
            announced.as_ref().and_then(|code| indented_lines(&lines[index..], &code.indent));
        let (Some(announced), Some((text, count))) = (announced, code) else {
            plain.push_str(&admonition(line));
            plain.push('\n');
            continue;
        };
        plain.push_str(&announced.before);
        blocks.push(Block::Text(std::mem::take(&mut plain)));
        let (language, indent) = (announced.language, announced.indent);
        blocks.push(Block::Code { language, text, indent });
        index += count;
    }
    blocks.push(Block::Text(plain));
    blocks
}

/// A line after which literal text comes.
struct AnnouncedCode {
    /// What stays of the line.
    before: String,
    language: String,
    /// How far the text around it is indented.
    indent: String,
}

fn announced_code(line: &str) -> Option<AnnouncedCode> {
    if let Some(found) = DIRECTIVE.captures(line) {
        let is_code = matches!(&found[2], "code" | "code-block" | "sourcecode");
        return is_code.then(|| AnnouncedCode {
            before: String::new(),
            language: found[3].trim().to_owned(),
            indent: found[1].to_owned(),
        });
    }
    let before = line.trim_end().strip_suffix("::")?;
    let width = ITEM.find(line).map_or(line.len() - line.trim_start().len(), |item| item.len());
    let before = if before.trim().is_empty() { String::new() } else { format!("{before}:\n\n") };
    Some(AnnouncedCode { before, language: String::new(), indent: " ".repeat(width) })
}

/// The lines that are indented more than `indent`, and how many lines they take.
fn indented_lines(lines: &[&str], indent: &str) -> Option<(String, usize)> {
    let is_inside = |line: &&&str| line.trim().is_empty() || width(line) > indent.len();
    let inside: Vec<&str> = lines.iter().take_while(is_inside).copied().collect();
    let filled = inside.iter().filter(|line| !line.trim().is_empty());
    let common = filled.map(|line| width(line)).min()?;
    let options = inside.iter().take_while(|line| line.trim_start().starts_with(':')).count();
    let code: Vec<String> = inside[options..]
        .iter()
        .map(|line| {
            format!("{indent}{}", line.get(common..).unwrap_or_default()).trim_end().to_owned()
        })
        .collect();
    Some((format!("{indent}{}\n", code.join("\n").trim()), inside.len()))
}

fn width(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `.. note:: text` as a bold word; other directives stay.
fn admonition(line: &str) -> Cow<'_, str> {
    let Some(found) = DIRECTIVE.captures(line) else { return line.into() };
    let name = match &found[2] {
        "note" => "Note",
        "warning" => "Warning",
        "attention" => "Attention",
        "caution" => "Caution",
        "important" => "Important",
        "tip" => "Tip",
        "hint" => "Hint",
        "danger" => "Danger",
        _ => return line.into(),
    };
    format!("{}**{name}:** {}", &found[1], &found[3]).trim_end().to_owned().into()
}

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
          ``(?P<literal>[^`]+(?:`[^`]+)*)``
        | :(?P<role>[A-Za-z0-9:._+-]+):`(?P<content>[^`]+)`
        | `(?P<text>[^`<]+?)\s*<(?P<address>[^>`]+)>`__?
        | `(?P<quoted>[^`]+)`__?
        | \b(?P<word>[A-Za-z0-9][A-Za-z0-9.+-]*)_(?P<end>[^A-Za-z0-9_]|$)
        | (?P<escaped>\\\ )
        ",
    )
});

fn convert_inline(text: &str, links: &BTreeMap<String, &str>) -> String {
    let link = |text: &str| {
        let label = text.split_whitespace().collect::<Vec<_>>().join(" ");
        links.get(&label.to_lowercase()).map(|address| format!("[{label}]({address})"))
    };
    let convert = |found: &Captures<'_>| {
        let group = |name: &str| found.name(name).map(|group| group.as_str());
        if let Some(literal) = group("literal") {
            return if literal.contains('`') {
                found[0].to_owned()
            } else {
                format!("`{literal}`")
            };
        }
        if let (Some(role), Some(content)) = (group("role"), group("content")) {
            return convert_role(role, content);
        }
        if let (Some(text), Some(address)) = (group("text"), group("address")) {
            return format!("[{text}]({})", address.trim());
        }
        if let Some(quoted) = group("quoted") {
            return link(quoted).unwrap_or_else(|| quoted.to_owned());
        }
        let Some(word) = group("word") else { return String::new() };
        link(word).map_or(found[0].to_owned(), |link| link + group("end").unwrap_or_default())
    };
    INLINE.replace_all(text, convert).into_owned()
}

static TARGET: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?s)(.*?)\s*<([^<>]*)>$"));

/// Roles are Sphinx's, or a project's own for its issues: `:issue:`12``.
fn convert_role(role: &str, content: &str) -> String {
    let name = role.rsplit(':').next().unwrap_or(role);
    if let Some(found) = TARGET.captures(content) {
        return found[1].to_owned();
    }
    let is_number = content.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        _ if is_number => format!("#{content}"),
        "doc" | "ref" | "term" | "any" | "pep" | "rfc" | "abbr" | "emphasis" => content.to_owned(),
        "user" | "ghuser" => format!("@{content}"),
        _ => match content.strip_prefix('~') {
            Some(path) => format!("`{}`", path.rsplit('.').next().unwrap_or(path)),
            None => format!("`{content}`"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_constructs_have_their_form_in_markdown() {
        let document = ".. _`the docs`: https://docs\n.. _pip: https://pip\n";
        for (text, expected) in [
            ("``__version__`` is gone.", "`__version__` is gone."),
            ("See `the guide\n  <https://a/b>`_.", "See [the guide](https://a/b)."),
            ("See `The docs`_ and pip_.", "See [The docs](https://docs) and [pip](https://pip)."),
            (":pr:`5730` by :user:`jd`", "#5730 by @jd"),
            (":class:`~flask.Flask` and :py:func:`len`", "`Flask` and `len`"),
            (":doc:`the page </a/b>`", "the page"),
            ("`name` and a_b and b_", "`name` and a_b and b_"),
            ("**bold**\\ s", "**bold**s"),
        ] {
            assert_eq!(from_restructuredtext(text, document), format!("{expected}\n"), "{text}");
        }
    }

    #[test]
    fn titles_code_notes_and_comments_have_their_form_in_markdown() {
        let text = "Bug fixes\n---------\n\n.. Sorted by number.\n\n* Call it so::\n\n      flask run\n      exit\n\n  and go on.\n\n.. note:: Python 3.9 is gone.\n\n.. code-block:: python\n   :linenos:\n\n   import x\n\nEnd.\n";
        assert_eq!(
            from_restructuredtext(text, text),
            "### Bug fixes\n\n* Call it so:\n\n  ```\n  flask run\n  exit\n  ```\n\n  and go on.\n\n**Note:** Python 3.9 is gone.\n\n```python\nimport x\n```\n\nEnd.\n"
        );
    }
}
