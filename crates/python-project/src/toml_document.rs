use std::path::Path;

use toml_edit::{Document, Item, TableLike};

use crate::PythonError;

pub(crate) fn read_pyproject(folder: &Path) -> Result<String, PythonError> {
    let path = folder.join("pyproject.toml");
    std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => PythonError::NotAProject { folder: folder.to_owned() },
        _ => PythonError::io("read", &path, error),
    })
}

/// As [`read_pyproject`], or nothing where `setup.py` alone makes a project.
pub(crate) fn read_pyproject_or_none(folder: &Path) -> Result<String, PythonError> {
    match read_pyproject(folder) {
        Err(PythonError::NotAProject { .. }) if folder.join("setup.py").is_file() => {
            Ok(String::new())
        }
        text => text,
    }
}

/// The text of a `pyproject.toml`.
pub(crate) fn parse_toml(text: &str) -> Result<Document<&str>, PythonError> {
    parse_toml_of("pyproject.toml", text)
}

/// The text of another file, which errors name.
pub(crate) fn parse_toml_of<'t>(
    file: &str,
    text: &'t str,
) -> Result<Document<&'t str>, PythonError> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text[..at.min(text.len())].matches('\n').count() + 1;
        PythonError::Toml { file: file.to_owned(), line, reason: error.message().to_owned() }
    })
}

pub(crate) fn item_at<'a>(root: &'a dyn TableLike, path: &[&str]) -> Option<&'a Item> {
    let (first, rest) = path.split_first()?;
    let item = root.get(first)?;
    if rest.is_empty() { Some(item) } else { item_at(item.as_table_like()?, rest) }
}

pub(crate) fn string_at(root: &dyn TableLike, path: &[&str]) -> Option<String> {
    item_at(root, path)?.as_str().map(str::to_owned)
}

/// A list of strings; `None` when the table does not have it. `key` is its full
/// name for errors.
pub(crate) fn strings_in(
    table: &dyn TableLike,
    name: &str,
    key: &'static str,
) -> Result<Option<Vec<String>>, PythonError> {
    let Some(item) = table.get(name) else { return Ok(None) };
    let strings = item.as_array().and_then(|array| {
        array.iter().map(|entry| entry.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    strings.map(Some).ok_or(PythonError::Key { key, problem: "must be a list of strings" })
}
