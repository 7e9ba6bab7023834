use serde::Serialize;
use serde_json::Value;

use crate::Table;

/// A plan or report: for programs as JSON, for people as parts that each
/// renderer shows in its own way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Document {
    json: Value,
    #[serde(skip)]
    parts: Vec<Part>,
    /// Whether parts that are added now are for Markdown only.
    #[serde(skip)]
    markdown_only: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table(Table),
    /// What a terminal has shown already, or would scroll away.
    MarkdownOnly(Box<Part>),
    /// What the Markdown report repeats further down.
    TerminalOnly(Box<Part>),
}

impl Document {
    /// A document with this JSON for programs, and nothing for people yet.
    #[must_use]
    pub fn new(json: Value) -> Self {
        Self { json, parts: Vec::new(), markdown_only: false }
    }

    /// Adds a heading.
    #[must_use]
    pub fn heading(self, text: impl Into<String>) -> Self {
        self.with(Part::Heading(text.into()))
    }

    /// Adds lines that are shown as they are.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// Adds a list; nothing when it is empty.
    #[must_use]
    pub fn list(self, items: Vec<String>) -> Self {
        if items.is_empty() { self } else { self.with(Part::List(items)) }
    }

    /// Adds a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.with(Part::Table(table))
    }

    /// Parts that are added next are for the Markdown report only, not for a terminal.
    #[must_use]
    pub fn markdown_only(self) -> Self {
        Self { markdown_only: true, ..self }
    }

    /// Parts that are added next are for terminal and Markdown again.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self { markdown_only: false, ..self }
    }

    /// All parts so far are for a terminal, not for the Markdown report.
    #[must_use]
    pub fn terminal_only(self) -> Self {
        let parts = self.parts.into_iter().map(|part| Part::TerminalOnly(Box::new(part))).collect();
        Self { parts, ..self }
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(if self.markdown_only { Part::MarkdownOnly(Box::new(part)) } else { part });
        self
    }

    /// As lines for a terminal; tables are fitted into so many columns: the last
    /// one is broken between words, and what is still too long is cut.
    #[must_use]
    pub fn human(&self, width: Option<usize>) -> String {
        self.parts.iter().map(|part| part.human(width)).collect()
    }

    /// As GitHub's Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let parts = self.parts.iter().map(Part::markdown).filter(|text| !text.is_empty());
        parts.collect::<Vec<_>>().join("\n")
    }
}

impl Part {
    fn human(&self, width: Option<usize>) -> String {
        match self {
            Self::Heading(text) => format!("\n{text}\n"),
            Self::Text(text) => format!("{}\n", text.trim_end()),
            Self::List(items) => items.iter().map(|item| format!("  {item}\n")).collect(),
            Self::Table(table) => table.human(width),
            Self::MarkdownOnly(_) => String::new(),
            Self::TerminalOnly(part) => part.human(width),
        }
    }

    fn markdown(&self) -> String {
        match self {
            Self::Heading(text) => format!("### {text}\n"),
            Self::Text(text) => format!("```text\n{}\n```\n", text.trim_end()),
            Self::List(items) => items.iter().map(|item| format!("- {item}\n")).collect(),
            Self::Table(table) => table.markdown(),
            Self::MarkdownOnly(part) => part.markdown(),
            Self::TerminalOnly(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_cut_and_links_are_not() {
        let mut table = Table::new(&["evidence"]);
        table.row(["a long line of evidence"]);
        let link = "pypi: https://index.example/project/greeter/1.2.0/".to_owned();
        let document =
            Document::new(Value::Null).table(table).heading("Review").list(vec![link.clone()]);
        let shown = document.human(Some(12));
        assert!(shown.contains("a long line…\n") && shown.contains(&link), "{shown}");
        assert!(document.markdown().ends_with(&format!("### Review\n\n- {link}\n")));
    }

    #[test]
    fn parts_for_markdown_are_not_shown_on_a_terminal() {
        let document = Document::new(Value::Null).markdown_only().heading("Removed");
        let document = document.everywhere().heading("Disk");
        assert_eq!(document.human(None), "\nDisk\n");
        assert_eq!(document.markdown(), "### Removed\n\n### Disk\n");
    }

    #[test]
    fn parts_that_the_markdown_report_repeats_are_shown_on_a_terminal_only() {
        let document = Document::new(Value::Null).heading("Plan").terminal_only();
        assert_eq!(
            (document.human(None), document.markdown()),
            ("\nPlan\n".to_owned(), String::new())
        );
    }
}
