use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;
use toml_edit::{Item, TableLike, Value};

/// A line of a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// The file, relative to the project if it is inside.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file.display(), self.line)
    }
}

/// On which line each key of a configuration is, for messages about its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyLines(BTreeMap<String, FileLine>);

impl KeyLines {
    /// The line of a key such as `image[0].platforms[1]`; where the key is not written,
    /// that of the table or list that it belongs to.
    #[must_use]
    pub fn line_of(&self, key: &str) -> Option<&FileLine> {
        let mut key = key;
        loop {
            if let Some(line) = self.0.get(key) {
                return Some(line);
            }
            key = &key[..key.rfind(['.', '['])?];
        }
    }

    /// The lines of everything in a table of the text of `file`.
    pub(crate) fn read(table: &Item, text: &str, file: &Path) -> Self {
        let mut reading = Reading { text, file, lines: BTreeMap::new() };
        reading.item("", table);
        Self(reading.lines)
    }
}

struct Reading<'a> {
    text: &'a str,
    file: &'a Path,
    lines: BTreeMap<String, FileLine>,
}

impl Reading<'_> {
    fn item(&mut self, key: &str, item: &Item) {
        if let Some(tables) = item.as_array_of_tables() {
            for (number, table) in tables.iter().enumerate() {
                let key = format!("{key}[{number}]");
                self.add(&key, table.span());
                self.table(&key, table);
            }
        } else if let Some(table) = item.as_table_like() {
            self.table(key, table);
        } else if let Some(array) = item.as_array() {
            array.iter().enumerate().for_each(|(number, value)| self.element(key, number, value));
        }
    }

    fn table(&mut self, key: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let key = if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
            self.add(&key, table.key(name).and_then(toml_edit::Key::span));
            self.item(&key, item);
        }
    }

    fn element(&mut self, key: &str, number: usize, value: &Value) {
        let key = format!("{key}[{number}]");
        self.add(&key, value.span());
        if let Some(table) = value.as_inline_table() {
            self.table(&key, table);
        }
    }

    fn add(&mut self, key: &str, span: Option<std::ops::Range<usize>>) {
        let Some(span) = span else { return };
        let line = line_at(self.text, span.start);
        self.lines.insert(key.to_owned(), FileLine { file: self.file.to_owned(), line });
    }
}

/// The line of a position, from 1.
pub(crate) fn line_at(text: &str, position: usize) -> usize {
    let before = &text.as_bytes()[..position.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn each_key_and_each_element_has_its_line() {
        let text = "[git]\nremote = \"up\"\n\n[[image]]\nrepository = \"a/b\"\n\n[[image]]\n\
                    repository = \"a/c\"\nplatforms = [\n    \"linux/amd64\",\n    \"linux/arm64\",\n]\n\
                    build-args = { A = \"1\" }\n[checks]\nbefore-release = [\"true\", [\"a\", \"b\"]]\n";
        let lines = parse(text).unwrap().lines;
        for (key, line) in [
            ("git.remote", 2),
            ("git.branch", 1),
            ("image[0]", 4),
            ("image[0].platforms", 4),
            ("image[1].repository", 8),
            ("image[1].platforms[1]", 11),
            ("image[1].build-args.A", 13),
            ("checks.before-release[1]", 15),
        ] {
            let found = lines.line_of(key).unwrap();
            assert_eq!(found.to_string(), format!("tidegate.toml, line {line}"), "{key}");
        }
        assert_eq!(lines.line_of("github.repository"), None);
        assert_eq!(parse("").unwrap().lines.line_of("git"), None);
    }
}
