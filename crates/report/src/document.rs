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
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table(Table),
}

impl Document {
    /// A document that says this to programs and nothing to people yet.
    #[must_use]
    pub fn new(json: Value) -> Self {
        Self { json, parts: Vec::new() }
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

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// As lines for a terminal; only tables are cut to so many columns.
    #[must_use]
    pub fn human(&self, width: Option<usize>) -> String {
        let shown = self.parts.iter().map(|part| match part {
            Part::Heading(text) => format!("\n{text}\n"),
            Part::Text(text) => format!("{}\n", text.trim_end()),
            Part::List(items) => items.iter().map(|item| format!("  {item}\n")).collect(),
            Part::Table(table) => {
                table.human().lines().map(|line| cut(line, width) + "\n").collect()
            }
        });
        shown.collect()
    }

    /// As GitHub's Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let shown = self.parts.iter().map(|part| match part {
            Part::Heading(text) => format!("### {text}\n"),
            Part::Text(text) => format!("```text\n{}\n```\n", text.trim_end()),
            Part::List(items) => items.iter().map(|item| format!("- {item}\n")).collect(),
            Part::Table(table) => table.markdown(),
        });
        shown.collect::<Vec<_>>().join("\n")
    }
}

fn cut(line: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if line.chars().count() > width => {
            line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
        _ => line.to_owned(),
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
}
