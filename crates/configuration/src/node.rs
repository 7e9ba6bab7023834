use std::ops::Range;

use toml_edit::{Item, Key, TableLike, Value};

/// A value of a TOML document, however it is written: `[table]` and `{ inline }`,
/// `[[tables]]` and `[{ … }, { … }]` are the same.
pub(crate) struct Node<'a> {
    pub(crate) content: Content<'a>,
    pub(crate) span: Option<Range<usize>>,
}

pub(crate) enum Content<'a> {
    Table(&'a dyn TableLike),
    Array(Vec<Node<'a>>),
    String(&'a str),
    Integer(i64),
    Float,
    Boolean,
    Date,
    /// Nothing is written.
    Missing,
}

impl<'a> Node<'a> {
    pub(crate) fn of_item(item: &'a Item) -> Self {
        let content = match item {
            Item::None => Content::Missing,
            Item::Value(value) => return Self::of_value(value),
            Item::Table(table) => Content::Table(table),
            Item::ArrayOfTables(tables) => {
                let node = |table: &'a toml_edit::Table| Self {
                    content: Content::Table(table),
                    span: table.span(),
                };
                Content::Array(tables.iter().map(node).collect())
            }
        };
        Self { content, span: item.span() }
    }

    fn of_value(value: &'a Value) -> Self {
        let content = match value {
            Value::String(text) => Content::String(text.value()),
            Value::Integer(number) => Content::Integer(*number.value()),
            Value::Float(_) => Content::Float,
            Value::Boolean(_) => Content::Boolean,
            Value::Datetime(_) => Content::Date,
            Value::Array(array) => Content::Array(array.iter().map(Self::of_value).collect()),
            Value::InlineTable(table) => Content::Table(table),
        };
        Self { content, span: value.span() }
    }

    /// What it is, as TOML calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Table(_) => "a table",
            Content::Array(_) => "an array",
            Content::String(_) => "a string",
            Content::Integer(_) => "an integer",
            Content::Float => "a number with a fraction",
            Content::Boolean => "true or false",
            Content::Date => "a date or time",
            Content::Missing => "empty",
        }
    }
}

/// The keys of a table with their values and their places.
pub(crate) fn entries<'a>(
    table: &'a dyn TableLike,
) -> impl Iterator<Item = (&'a str, Node<'a>, Option<Range<usize>>)> {
    table.iter().map(|(key, item)| {
        let span = table.key(key).and_then(Key::span);
        (key, Node::of_item(item), span)
    })
}

/// The path of a key below another one.
pub(crate) fn path_of(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
