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
    /// Only in Markdown from here on.
    #[serde(skip)]
    written: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table(Table),
    /// What a terminal has shown already, or would scroll away.
    Written(Box<Part>),
    /// What a written report says again further down.
    Shown(Box<Part>),
}

impl Document {
    /// A document that says this to programs and nothing to people yet.
    #[must_use]
    pub fn new(json: Value) -> Self {
        Self { json, parts: Vec::new(), written: false }
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

    /// Parts added from here on are for a written report only, not for a terminal.
    #[must_use]
    pub fn in_writing(self) -> Self {
        Self { written: true, ..self }
    }

    /// Parts added from here on are for everybody again.
    #[must_use]
    pub fn for_everybody(self) -> Self {
        Self { written: false, ..self }
    }

    /// All of it is for a terminal, not for a written report.
    #[must_use]
    pub fn not_in_writing(self) -> Self {
        let parts = self.parts.into_iter().map(|part| Part::Shown(Box::new(part))).collect();
        Self { parts, ..self }
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(if self.written { Part::Written(Box::new(part)) } else { part });
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
            Self::Written(_) => String::new(),
            Self::Shown(part) => part.human(width),
        }
    }

    fn markdown(&self) -> String {
        match self {
            Self::Heading(text) => format!("### {text}\n"),
            Self::Text(text) => format!("```text\n{}\n```\n", text.trim_end()),
            Self::List(items) => items.iter().map(|item| format!("- {item}\n")).collect(),
            Self::Table(table) => table.markdown(),
            Self::Written(part) => part.markdown(),
            Self::Shown(_) => String::new(),
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
    fn what_is_for_writing_is_not_shown_on_a_terminal() {
        let document = Document::new(Value::Null).in_writing().heading("Removed");
        let document = document.for_everybody().heading("Disk");
        assert_eq!(document.human(None), "\nDisk\n");
        assert_eq!(document.markdown(), "### Removed\n\n### Disk\n");
    }

    #[test]
    fn what_a_written_report_says_again_is_shown_on_a_terminal_only() {
        let document = Document::new(Value::Null).heading("Plan").not_in_writing();
        assert_eq!(
            (document.human(None), document.markdown()),
            ("\nPlan\n".to_owned(), String::new())
        );
    }
}
