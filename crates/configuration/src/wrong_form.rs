//! Values of another form than their key takes. The schema knows the forms; what a
//! deserializer says of them is about types of Rust.

use std::{fmt, ops::Range};

use serde_json::Value;
use toml_edit::{Item, TableLike};
use url::Url;

use crate::{
    node::{Content, Node, entries, path_of},
    schema::{SCHEMA, forms, is_type},
};

/// A value that its key does not take, or a key that is missing.
pub(crate) struct WrongForm {
    problem: String,
    pub(crate) span: Option<Range<usize>>,
}

impl fmt::Display for WrongForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

/// The first value of a document whose key takes another form. `name` is what the
/// document itself is called.
pub(crate) fn first_wrong_form(document: &Item, name: &str) -> Option<WrongForm> {
    let Content::Table(table) = Node::of_item(document).content else {
        let problem = format!("`{name}` must be a table");
        return Some(WrongForm { problem, span: document.span() });
    };
    wrong_in_table(&SCHEMA, table, "", document.span())
}

/// `subject` is what the value is, in a sentence: `` `deploy.keep` ``.
fn wrong_value(schema: &Value, node: &Node<'_>, path: &str, subject: &str) -> Option<WrongForm> {
    let forms = forms(&SCHEMA, schema);
    let form = |name: &str| forms.iter().copied().find(|form| is_type(form, name));
    let matching = match &node.content {
        Content::Table(_) => form("object"),
        Content::Array(_) => form("array"),
        Content::String(_) => form("string"),
        Content::Integer(_) => form("integer"),
        Content::Boolean => form("boolean"),
        Content::Float | Content::Date | Content::Missing => None,
    };
    let expected = |found: &str| {
        let all: Vec<String> = forms.iter().map(|form| describe(form, path)).collect();
        let problem = format!("{subject} must be {}, not {found}", all.join(" or "));
        Some(WrongForm { problem, span: node.span.clone() })
    };
    let Some(form) = matching else { return expected(node.kind()) };
    match &node.content {
        Content::Table(table) => wrong_in_table(form, *table, path, node.span.clone()),
        Content::Array(elements) => {
            let subject = format!("each element of `{path}`");
            let items = &form["items"];
            elements.iter().find_map(|element| wrong_value(items, element, path, &subject))
        }
        Content::String(text) if !takes_text(form, text) => expected(&format!("`{text}`")),
        Content::Integer(number) if !takes_number(form, *number) => expected(&number.to_string()),
        _ => None,
    }
}

fn wrong_in_table(
    form: &Value,
    table: &dyn TableLike,
    path: &str,
    span: Option<Range<usize>>,
) -> Option<WrongForm> {
    let wrong = entries(table).find_map(|(key, node, _)| {
        let described = form["properties"].get(key);
        let schema = described.or_else(|| form.get("additionalProperties"))?;
        let key_path = path_of(path, key);
        wrong_value(schema, &node, &key_path, &format!("`{key_path}`"))
    });
    let required = form["required"].as_array().into_iter().flatten();
    let missing = required.filter_map(Value::as_str).find(|key| !table.contains_key(key));
    wrong.or_else(|| {
        let problem = format!("the key `{}` is missing", path_of(path, missing?));
        Some(WrongForm { problem, span })
    })
}

/// A form as TOML calls it.
fn describe(form: &Value, path: &str) -> String {
    if let Some(choices) = form["oneOf"].as_array() {
        return listed(choices.iter().filter_map(|choice| choice["const"].as_str()));
    }
    if is_type(form, "object") {
        return "a table".to_owned();
    }
    if is_type(form, "array") {
        return describe_array(form, path);
    }
    if is_type(form, "integer") {
        return match (form["minimum"].as_i64(), form["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("an integer from {least} to {most}"),
            (Some(least), None) => format!("an integer of at least {least}"),
            _ => "an integer".to_owned(),
        };
    }
    if is_type(form, "boolean") {
        return "true or false".to_owned();
    }
    let examples = form["examples"].as_array().into_iter().flatten();
    let examples = listed(examples.filter_map(Value::as_str));
    match form["format"].as_str() {
        Some("uri") => "an address such as `https://host/path/`".to_owned(),
        _ if examples.is_empty() => "a string".to_owned(),
        _ => format!("a string such as {examples}"),
    }
}

fn describe_array(form: &Value, path: &str) -> String {
    let items = forms(&SCHEMA, &form["items"]);
    let plain = |name: &str| items.iter().all(|item| is_type(item, name));
    match () {
        () if plain("object") && !path.contains('.') => {
            format!("an array of tables (`[[{path}]]`)")
        }
        () if plain("object") => "an array of tables".to_owned(),
        () if plain("string") => "an array of strings".to_owned(),
        () => {
            let all: Vec<String> = items.iter().map(|item| describe(item, path)).collect();
            format!("an array, each element {}", all.join(" or "))
        }
    }
}
fn takes_text(form: &Value, text: &str) -> bool {
    let choices = form["oneOf"].as_array();
    let is_choice = choices.is_none_or(|all| all.iter().any(|choice| choice["const"] == text));
    is_choice && (form["format"] != "uri" || Url::parse(text).is_ok())
}

fn takes_number(form: &Value, number: i64) -> bool {
    let is_above = form["minimum"].as_i64().is_none_or(|least| number >= least);
    is_above && form["maximum"].as_i64().is_none_or(|most| number <= most)
}

/// `` `a`, `b` or `c` ``.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::{
        parse,
        schema::{SCHEMA, forms},
    };

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_value_of_another_form_is_refused_with_the_forms_that_its_key_takes() {
        for (text, expected) in [
            (
                "[package]\nindexes = \"pypi\"\n",
                "line 2: `package.indexes` must be an array of strings, not a string",
            ),
            (
                "[local-images]\nkeep = 0",
                "line 2: `local-images.keep` must be an integer of at least 1, not 0",
            ),
            (
                "[deploy]\nkeep = \"5\"",
                "line 2: `deploy.keep` must be an integer of at least 1, not a string",
            ),
            (
                "[deploy]\nsoak = 10",
                "line 2: `deploy.soak` must be a string such as `90s`, `10m` or `30d`, not an integer",
            ),
            (
                "[deploy.health]\nhttp = \"/\"\nport = 70000",
                "line 3: `deploy.health.port` must be an integer from 0 to 65535, not 70000",
            ),
            (
                "[deploy.proxy]\nservice = \"web\"\nkind = \"apache\"",
                "line 3: `deploy.proxy.kind` must be `nginx`, `haproxy`, `caddy` or `traefik`, not `apache`",
            ),
            (
                "[deploy.migration]\ncommand = 5",
                "line 2: `deploy.migration.command` must be a string or an array of strings, not an integer",
            ),
            (
                "[checks]\nbefore-release = \"make\"",
                "line 2: `checks.before-release` must be an array, each element a string or an array of strings, not a string",
            ),
            (
                "[checks]\nbefore-release = [\n  \"make\",\n  1.5,\n]",
                "line 4: each element of `checks.before-release` must be a string or an array of strings, not a number with a fraction",
            ),
            (
                "[package]\nversion-files = [1]",
                "line 2: each element of `package.version-files` must be a string or a table, not an integer",
            ),
            (
                "[image]\nrepository = \"a/b\"",
                "line 1: `image` must be an array of tables (`[[image]]`), not a table",
            ),
            ("\n[[image]]\ncontext = \".\"", "line 2: the key `image.repository` is missing"),
            (
                "[index.company]\nupload = \"company\"",
                "line 2: `index.company.upload` must be an address such as `https://host/path/`, not `company`",
            ),
            ("deploy = 2026-11-30", "line 1: `deploy` must be a table, not a date or time"),
            (
                "[changelog]\nrequired = \"yes\"",
                "line 2: `changelog.required` must be true or false, not a string",
            ),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_of_an_inline_table_is_checked_like_any_other() {
        let text = "[deploy.hooks]\nbefore = [{ command = \"true\", timout = \"1s\" }]\n";
        let expected = "line 2: unknown key `deploy.hooks.before.timout`; did you mean `timeout`?";
        assert_eq!(message(text), expected);
    }

    /// A document of one line for each place at which the schema takes a value; `V`
    /// stands for that value.
    fn documents(root: &Value, schema: &Value, wrap: &dyn Fn(String) -> String) -> Vec<String> {
        let mut found = vec![wrap("V".to_owned())];
        for form in forms(root, schema) {
            let properties = form["properties"].as_object().into_iter().flatten();
            for (key, described) in properties {
                found.extend(documents(root, described, &|inner| {
                    wrap(format!("{{ {key} = {inner} }}"))
                }));
            }
            for (part, before, after) in
                [("additionalProperties", "{ any = ", " }"), ("items", "[", "]")]
            {
                if form[part].is_object() {
                    let inside = |inner| wrap(format!("{before}{inner}{after}"));
                    found.extend(documents(root, &form[part], &inside));
                }
            }
        }
        found
    }

    #[test]
    fn no_value_of_any_key_is_refused_in_terms_of_a_deserializer() {
        let root = &*SCHEMA;
        let mut tried = 0;
        for (key, schema) in root["properties"].as_object().unwrap() {
            for document in documents(root, schema, &|inner| format!("{key} = {inner}")) {
                for value in [
                    "true",
                    "1.5",
                    "-1",
                    "0",
                    "99999999",
                    "\"?\"",
                    "\"\"",
                    "[]",
                    "[1]",
                    "[{}]",
                    "[[[1]]]",
                    "{}",
                    "{ a = 1 }",
                    "07:30:00",
                ] {
                    let text = document.replace('V', value);
                    assert_plain(&text);
                    tried += 1;
                }
            }
        }
        assert!(tried > 2000, "{tried}");
    }

    fn assert_plain(text: &str) {
        let Err(error) = parse(text) else { return };
        let message = error.to_string();
        for term in [
            "invalid",
            "expected",
            "did not match",
            "nonzero",
            "variant",
            "field",
            "sequence",
            "a map",
            "struct ",
            "u16",
            "usize",
            "relative URL",
            "untagged",
        ] {
            assert!(!message.contains(term), "{text}: {message}");
        }
        assert!(message.starts_with("line 1: "), "{text}: {message}");
    }
}
