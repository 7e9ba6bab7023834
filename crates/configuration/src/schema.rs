use std::{fmt, ops::Range};

use serde_json::Value;
use toml_edit::{Item, TableLike};

use crate::Configuration;

/// The JSON schema of `tidegate.toml`, for editors and for the documentation.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(Configuration).to_value()
}

/// A key that the schema does not know.
pub(crate) struct UnknownKey {
    path: String,
    suggestion: Option<String>,
    pub(crate) span: Option<Range<usize>>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown key `{}`", self.path)?;
        self.suggestion.iter().try_for_each(|key| write!(f, "; did you mean `{key}`?"))
    }
}

/// The first key of a document, in its order, that the schema does not know.
pub(crate) fn first_unknown_key(document: &Item) -> Option<UnknownKey> {
    let root = json_schema();
    walk(&root, &root, document, "")
}

fn walk(root: &Value, schema: &Value, item: &Item, path: &str) -> Option<UnknownKey> {
    let schema = resolve(root, schema);
    if let Some(tables) = item.as_array_of_tables() {
        let element = &schema["items"];
        return tables
            .iter()
            .find_map(|table| walk_table(root, resolve(root, element), table, path));
    }
    item.as_table_like().and_then(|table| walk_table(root, schema, table, path))
}

fn walk_table(
    root: &Value,
    schema: &Value,
    table: &dyn TableLike,
    path: &str,
) -> Option<UnknownKey> {
    let properties = schema["properties"].as_object();
    let open = schema.get("additionalProperties").filter(|rest| rest.is_object());
    if properties.is_none() && open.is_none() {
        return None;
    }
    table.iter().find_map(|(key, item)| {
        let key_path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let described = properties.and_then(|properties| properties.get(key)).or(open);
        match described {
            Some(schema) => walk(root, schema, item, &key_path),
            None => Some(UnknownKey {
                suggestion: properties.and_then(|properties| nearest(key, properties.keys())),
                span: table.key(key).and_then(toml_edit::Key::span),
                path: key_path,
            }),
        }
    })
}

/// Follows `$ref`, and in `anyOf` the alternative that describes a table.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or(schema, |target| resolve(root, target));
    }
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let tables = alternatives.map(|one| resolve(root, one));
    tables.into_iter().find(|one| one["properties"].is_object()).unwrap_or(schema)
}

/// The key of the schema that is most similar, when one is similar enough for a typo.
fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a String>) -> Option<String> {
    const ENOUGH: f64 = 0.75;
    candidates
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.clone())
}
