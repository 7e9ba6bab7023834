use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

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
    /// several lines takes several lines. With a `limit`, the last column is
    /// broken between words so that lines have at most so many characters, and
    /// what is still too long is cut. Where the other columns leave no room for
    /// it, each of its cells goes below its row, and rows are not cut.
    #[must_use]
    pub fn human(&self, limit: Option<usize>) -> String {
        let mut widths: Vec<usize> =
            (0..self.header.len()).map(|column| self.width(column)).collect();
        let rows = match limit.map_or(Fit::Whole, |limit| fit(&widths, limit)) {
            Fit::Whole => self.rows.clone(),
            Fit::Last(room) => {
                if let Some(last) = widths.last_mut() {
                    *last = room;
                }
                self.broken(room)
            }
            Fit::Below(room) => return self.stacked(&widths, room),
        };
        cut(&aligned(&self.header, &rows, &widths), limit)
    }

    /// The last column below the others.
    fn stacked(&self, widths: &[usize], room: usize) -> String {
        let Some((_, widths)) = widths.split_last() else { return String::new() };
        let without_last = |row: &[String]| row[..widths.len()].to_vec();
        let head = cut(&aligned(&without_last(&self.header), &[], widths), Some(room));
        let rows = self.broken(room);
        let rows = rows.iter().map(|row| {
            let first = without_last(row);
            let lines = lines_of(&first).into_iter().map(|line| align(&line, widths) + "\n");
            let last = row.last().into_iter().flat_map(|cell| cell.lines());
            lines.chain(last.map(|line| format!("{INDENT}{line}\n"))).collect::<String>()
        });
        [head].into_iter().chain(rows).collect()
    }

    /// The rows, the last cell of each in lines of at most so many characters.
    fn broken(&self, width: usize) -> Vec<Vec<String>> {
        let mut rows = self.rows.clone();
        rows.iter_mut().filter_map(|row| row.last_mut()).for_each(|cell| {
            *cell = cell.lines().map(|line| break_line(line, width)).collect::<Vec<_>>().join("\n");
        });
        rows
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
        cells.map(UnicodeWidthStr::width).max().unwrap_or(0)
    }
}

/// Characters that the last column needs at least to be worth breaking.
const NARROWEST: usize = 20;

/// What stands before a cell that is below its row.
const INDENT: &str = "    ";

/// Where the last column has its place.
enum Fit {
    /// Beside the others as it is.
    Whole,
    /// Beside the others, in so many characters.
    Last(usize),
    /// Below the others, in so many characters.
    Below(usize),
}

fn fit(widths: &[usize], limit: usize) -> Fit {
    let Some((last, others)) = widths.split_last() else { return Fit::Whole };
    let room = limit.saturating_sub(others.iter().map(|width| width + 2).sum());
    match room {
        _ if *last <= room => Fit::Whole,
        NARROWEST.. => Fit::Last(room),
        _ if others.is_empty() => Fit::Whole,
        _ => Fit::Below(limit.saturating_sub(INDENT.len()).max(NARROWEST)),
    }
}

fn aligned(header: &[String], rows: &[Vec<String>], widths: &[usize]) -> String {
    let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
    let rows = rows.iter().map(Vec::as_slice);
    let all = [header, &rule].into_iter().chain(rows);
    all.flat_map(lines_of).map(|line| align(&line, widths) + "\n").collect()
}

fn cut(text: &str, width: Option<usize>) -> String {
    text.lines().map(|line| cut_line(line, width) + "\n").collect()
}

fn cut_line(line: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|&width| line.width() > width) else { return line.to_owned() };
    let mut cut = String::new();
    for letter in line.chars() {
        if cut.width() + letter.width().unwrap_or(0) + 1 > width {
            break;
        }
        cut.push(letter);
    }
    cut + "…"
}

/// Breaks between words; a word that is too long stays whole.
fn break_line(line: &str, width: usize) -> String {
    let mut broken = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.width();
        if used > 0 && used + 1 + length > width {
            broken.push('\n');
            used = 0;
        } else if used > 0 {
            broken.push(' ');
            used += 1;
        }
        broken.push_str(word);
        used += length;
    }
    broken
}

/// A row as lines: each cell's lines side by side.
fn lines_of(row: &[String]) -> Vec<Vec<&str>> {
    let cells: Vec<Vec<&str>> = row.iter().map(|cell| cell.lines().collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |index| cells.iter().map(|cell| cell.get(index).copied().unwrap_or("")).collect();
    (0..height).map(line).collect()
}

fn align(cells: &[&str], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, &width)| {
        let padding = width.saturating_sub(cell.width());
        format!("{cell}{:padding$}", "")
    });
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
        assert_eq!(table.human(None), "target  state\n──────  ─────\npypi    done\na|b\n");
        assert!(table.markdown().ends_with("| a\\|b |  |\n"));
    }

    #[test]
    fn a_long_last_cell_is_broken_between_words() {
        let mut table = Table::new(&["image", "why"]);
        table.row(["a/b:1", "used by container web, which has been stopped"]);
        let shown = table.human(Some(30));
        assert_eq!(
            shown.lines().skip(2).collect::<Vec<_>>(),
            ["a/b:1  used by container web,", "       which has been stopped"]
        );
        assert_eq!(
            table.human(Some(20)).lines().collect::<Vec<_>>(),
            [
                "image",
                "─────",
                "a/b:1",
                "    used by container",
                "    web, which has been",
                "    stopped",
            ],
            "too narrow to stand beside the image"
        );
    }

    #[test]
    fn columns_line_up_by_display_width() {
        let mut table = Table::new(&["name", "state"]);
        table.row(["工具", "done"]);
        table.row(["tool", "done"]);
        assert_eq!(table.human(None), "name  state\n────  ─────\n工具  done\ntool  done\n");
        assert_eq!(cut_line("工具箱", Some(4)), "工…", "a wide letter is not cut in half");
    }

    #[test]
    fn a_cell_of_two_lines_takes_two_lines() {
        let mut table = Table::new(&["a", "b"]);
        table.row(["x", "one\ntwo"]);
        assert_eq!(table.human(None), "a  b\n─  ───\nx  one\n   two\n");
        assert!(table.markdown().ends_with("| x | one<br>two |\n"));
    }
}
