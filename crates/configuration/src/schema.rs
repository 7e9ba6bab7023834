use std::sync::LazyLock;

use serde_json::Value;

use crate::Configuration;

/// The JSON schema of `tidegate.toml`, for editors and for the documentation.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(Configuration).to_value()
}

/// The same, made once.
pub(crate) static SCHEMA: LazyLock<Value> = LazyLock::new(json_schema);

/// The forms that a value may have, without the references and alternatives that the
/// schema describes them by; `null` is no form of a TOML value.
pub(crate) fn forms<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or_else(Vec::new, |target| forms(root, target));
    }
    match schema["anyOf"].as_array() {
        Some(alternatives) => alternatives.iter().flat_map(|one| forms(root, one)).collect(),
        None if schema["type"] == "null" => Vec::new(),
        None => vec![schema],
    }
}

/// Whether a form is of this type, such as `object`.
pub(crate) fn is_type(form: &Value, name: &str) -> bool {
    match &form["type"] {
        Value::String(only) => only == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        // Choices are strings.
        _ => name == "string" && form["oneOf"].is_array(),
    }
}
