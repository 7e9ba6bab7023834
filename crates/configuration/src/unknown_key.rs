use std::{fmt, ops::Range};

use serde_json::Value;
use toml_edit::{Item, TableLike};

use crate::{
    node::{Content, Node, entries, path_of},
    schema::{SCHEMA, forms, is_type},
};

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
    walk(&SCHEMA, &SCHEMA, &Node::of_item(document), "")
}

fn walk(root: &Value, schema: &Value, node: &Node<'_>, path: &str) -> Option<UnknownKey> {
    let forms = forms(root, schema);
    let form = |name: &str| forms.iter().find(|form| is_type(form, name));
    match &node.content {
        Content::Table(table) => walk_table(root, form("object")?, *table, path),
        Content::Array(elements) => {
            let items = &form("array")?["items"];
            elements.iter().find_map(|element| walk(root, items, element, path))
        }
        _ => None,
    }
}

fn walk_table(root: &Value, form: &Value, table: &dyn TableLike, path: &str) -> Option<UnknownKey> {
    let properties = form["properties"].as_object();
    let others = form.get("additionalProperties").filter(|rest| rest.is_object());
    entries(table).find_map(|(key, node, span)| {
        let key_path = path_of(path, key);
        match properties.and_then(|properties| properties.get(key)).or(others) {
            Some(schema) => walk(root, schema, &node, &key_path),
            None => Some(UnknownKey {
                suggestion: properties.and_then(|properties| nearest(key, properties.keys())),
                span,
                path: key_path,
            }),
        }
    })
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
