/// A small table for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    #[must_use]
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned columns, two blanks between them, for a terminal. A cell of
    /// several lines takes several lines.
    #[must_use]
    pub fn human(&self) -> String {
        let widths: Vec<usize> = (0..self.header.len()).map(|column| self.width(column)).collect();
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        let rows = [&self.header, &rule].into_iter().chain(&self.rows);
        rows.flat_map(|row| lines_of(row)).map(|line| align(&line, &widths) + "\n").collect()
    }

    /// A table of GitHub's Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let escape = |cell: &String| cell.replace('|', "\\|").replace('\n', "<br>");
        let line = |cells: &[String]| {
            let escaped: Vec<String> = cells.iter().map(escape).collect();
            format!("| {} |\n", escaped.join(" | "))
        };
        let rule = vec!["---".to_owned(); self.header.len()];
        let rows = self.rows.iter().map(|row| line(row));
        [line(&self.header), line(&rule)].into_iter().chain(rows).collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().chain([&self.header]).flat_map(|row| row[column].lines());
        cells.map(|line| line.chars().count()).max().unwrap_or(0)
    }
}

/// A row as lines: each cell's lines side by side.
fn lines_of(row: &[String]) -> Vec<Vec<&str>> {
    let cells: Vec<Vec<&str>> = row.iter().map(|cell| cell.lines().collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |index| cells.iter().map(|cell| cell.get(index).copied().unwrap_or("")).collect();
    (0..height).map(line).collect()
}

fn align(cells: &[&str], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, &width)| format!("{cell:width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_pipes_do_not_break_markdown() {
        let mut table = Table::new(&["target", "state"]);
        table.row(["pypi", "done"]);
        table.row(["a|b"]);
        assert_eq!(table.human(), "target  state\n──────  ─────\npypi    done\na|b\n");
        assert!(table.markdown().ends_with("| a\\|b |  |\n"));
    }

    #[test]
    fn a_cell_of_two_lines_takes_two_lines() {
        let mut table = Table::new(&["a", "b"]);
        table.row(["x", "one\ntwo"]);
        assert_eq!(table.human(), "a  b\n─  ───\nx  one\n   two\n");
        assert!(table.markdown().ends_with("| x | one<br>two |\n"));
    }
}
