use std::ops::Range;

use crate::{
    PythonError,
    python_lines::{line_number, string_end, top_level_statements},
};

/// A version that a Python file assigns to a variable, as a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PythonVersion {
    /// The version.
    pub(crate) text: String,
    /// Where it is in the text of the file.
    range: Range<usize>,
    is_tuple: bool,
}

/// What is assigned to a variable.
enum Value {
    /// `"1.2.3"`: the range between the quotes.
    Text(Range<usize>),
    /// `(1, 2, 3)`: the range between the parentheses, and the items.
    Tuple(Range<usize>, Vec<String>),
    /// Anything else.
    Expression(Range<usize>),
}

impl PythonVersion {
    /// The version at this place of a text, as it is written there.
    pub(crate) fn literal(text: &str, range: Range<usize>) -> Self {
        Self { text: text[range.clone()].to_owned(), range, is_tuple: false }
    }

    /// The version that a file assigns to `variable` in the first column of a line. An
    /// expression that is made of one tuple of the same file (`".".join(map(str,
    /// VERSION))`) is that tuple.
    ///
    /// # Errors
    /// [`PythonError::VersionAssignments`] unless there is exactly one assignment,
    /// [`PythonError::VersionExpression`] when it is no literal.
    pub(crate) fn find(text: &str, variable: &str) -> Result<Self, PythonError> {
        match single_value(text, variable)? {
            Value::Text(range) => Ok(Self::literal(text, range)),
            Value::Tuple(range, items) => Ok(Self { text: items.join("."), range, is_tuple: true }),
            Value::Expression(range) => tuple_in(text, range.clone(), variable).ok_or_else(|| {
                let line = line_number(text, range.start);
                PythonError::VersionExpression { variable: variable.to_owned(), line }
            }),
        }
    }

    /// The text with another version, everything else as before.
    ///
    /// # Errors
    /// [`PythonError::VersionTuple`] when a tuple of numbers cannot have it.
    pub(crate) fn replace(&self, text: &str, version: &str) -> Result<String, PythonError> {
        let written = if self.is_tuple { tuple_items(version)? } else { version.to_owned() };
        Ok(format!("{}{written}{}", &text[..self.range.start], &text[self.range.end..]))
    }
}

fn tuple_items(version: &str) -> Result<String, PythonError> {
    let items: Vec<&str> = version.split('.').collect();
    if items.iter().all(|item| item.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(items.join(", "));
    }
    Err(PythonError::VersionTuple { version: version.to_owned() })
}

fn single_value(text: &str, variable: &str) -> Result<Value, PythonError> {
    let statements = top_level_statements(text).into_iter();
    let mut values: Vec<Value> =
        statements.filter_map(|range| assigned_value(text, range, variable)).collect();
    let count = values.len();
    match values.pop() {
        Some(value) if count == 1 => Ok(value),
        _ => Err(PythonError::VersionAssignments { variable: variable.to_owned(), count }),
    }
}

/// The value of `variable = …`, `variable: type = …` or `other = variable = …`.
fn assigned_value(text: &str, statement: Range<usize>, variable: &str) -> Option<Value> {
    let mut position = statement.start;
    let mut is_assigned = false;
    while let Some((name, after)) = next_target(&text[position..statement.end]) {
        is_assigned |= name == variable;
        position += after;
    }
    is_assigned.then(|| value_at(text, position..statement.end))
}

/// A name that is assigned at the start of a text, and the length up to its value.
fn next_target(text: &str) -> Option<(&str, usize)> {
    let blank = text.len() - text.trim_start_matches([' ', '\t']).len();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let name_end = blank + text[blank..].find(|c| !is_name(c))?;
    let name = &text[blank..name_end];
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let rest = text[name_end..].trim_start_matches([' ', '\t']);
    let rest = match rest.strip_prefix(':') {
        Some(annotated) => &annotated[annotated.find(['=', '\n'])?..],
        None => rest,
    };
    let value = rest.strip_prefix('=').filter(|value| !value.starts_with('='))?;
    Some((name, text.len() - value.len()))
}

fn value_at(text: &str, range: Range<usize>) -> Value {
    let blank = text[range.clone()].len() - text[range.clone()].trim_start().len();
    let start = range.start + blank;
    let value = &text[start..range.end];
    let found = match value.bytes().next() {
        Some(b'\'' | b'"') => text_literal(text, start..range.end),
        Some(b'(') => tuple_literal(text, start..range.end),
        _ => None,
    };
    found.unwrap_or(Value::Expression(start..range.end))
}

/// A string without escapes, and nothing after it.
fn text_literal(text: &str, range: Range<usize>) -> Option<Value> {
    let end = string_end(&text.as_bytes()[..range.end], range.start);
    let quote = &text[range.start..=range.start];
    let literal = &text[range.start..end];
    let length = if literal.len() >= 6 && literal.starts_with(&quote.repeat(3)) { 3 } else { 1 };
    if literal.len() < 2 * length || !literal.ends_with(&quote.repeat(length)) {
        return None;
    }
    let inner = range.start + length..end - length;
    let is_plain = !text[inner.clone()].contains(['\\', '\n']);
    (is_plain && is_blank(&text[end..range.end])).then_some(Value::Text(inner))
}

/// A tuple of numbers, and nothing after it.
fn tuple_literal(text: &str, range: Range<usize>) -> Option<Value> {
    let close = range.start + text[range.clone()].find(')')?;
    let inner = range.start + 1..close;
    let items: Vec<String> = text[inner.clone()]
        .trim_end_matches([' ', ','])
        .split(',')
        .map(|item| item.trim().to_owned())
        .collect();
    let is_number = |item: &String| !item.is_empty() && item.bytes().all(|b| b.is_ascii_digit());
    (items.iter().all(is_number) && is_blank(&text[close + 1..range.end]))
        .then_some(Value::Tuple(inner, items))
}

fn is_blank(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// The one tuple of the file that an expression is made of.
fn tuple_in(text: &str, expression: Range<usize>, variable: &str) -> Option<PythonVersion> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let names = text[expression].split(|c| !is_name(c)).filter(|name| *name != variable);
    let mut tuples = names.filter_map(|name| match single_value(text, name) {
        Ok(Value::Tuple(range, items)) => Some((range, items)),
        _ => None,
    });
    let (range, items) = tuples.next().filter(|_| tuples.next().is_none())?;
    Some(PythonVersion { text: items.join("."), range, is_tuple: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Result<String, String> {
        let found = PythonVersion::find(text, "__version__");
        found.map(|version| version.text).map_err(|error| error.to_string())
    }

    #[test]
    fn literals_in_every_usual_form_are_read_and_replaced() {
        for (text, replaced) in [
            ("__version__ = \"1.2.3\"\n", "__version__ = \"2.0\"\n"),
            (
                "__version__: Final[str] = '1.2.3'  # x\r\n",
                "__version__: Final[str] = '2.0'  # x\r\n",
            ),
            ("__version__ = version = '1.2.3'\n", "__version__ = version = '2.0'\n"),
            ("VERSION = __version__ = '1.2.3'", "VERSION = __version__ = '2.0'"),
            ("__version__ = \"\"\"1.2.3\"\"\"\n", "__version__ = \"\"\"2.0\"\"\"\n"),
            (
                "VERSION = (1, 2, 3)\n__version__ = \"%d.%d.%d\" % VERSION\n",
                "VERSION = (2, 0)\n__version__ = \"%d.%d.%d\" % VERSION\n",
            ),
            (
                "version_info = (1, 2, 3,)\n__version__ = '.'.join(map(str, version_info))\n",
                "version_info = (2, 0)\n__version__ = '.'.join(map(str, version_info))\n",
            ),
            ("__version__ = (1, 2, 3)\n", "__version__ = (2, 0)\n"),
            (
                "'''\n__version__ = '0'\n'''\n# __version__ = '0'\n__version__ = '1.2.3'\n",
                "'''\n__version__ = '0'\n'''\n# __version__ = '0'\n__version__ = '2.0'\n",
            ),
        ] {
            let version = PythonVersion::find(text, "__version__").unwrap();
            assert_eq!(version.text, "1.2.3", "{text}");
            assert_eq!(version.replace(text, "2.0").unwrap(), replaced);
        }
    }

    #[test]
    fn an_expression_is_not_a_literal() {
        for expression in [
            "\"1.2.3\".join(parts)",
            "\"1.2\" + \".3\"",
            "'1.2.3' if x else '0'",
            "importlib.metadata.version('a')",
            "f\"{major}.2.3\"",
            "('1.2.3')",
            "get_version(root='..')",
            "\"1\u{e9}",
            "\"1.2.3",
        ] {
            let text = format!("import a\n\n__version__ = {expression}\n");
            let error = find(&text).unwrap_err();
            assert!(error.contains("line 3"), "{expression}: {error}");
        }
    }

    #[test]
    fn comparisons_and_assignments_in_blocks_are_none() {
        for text in ["__version__ == '1'\n", "try:\n    __version__ = '1'\nexcept E: pass\n", ""] {
            assert!(find(text).unwrap_err().contains("0 times"), "{text}");
        }
        assert!(find("__version__ = '1'\n__version__ = '2'\n").unwrap_err().contains("2 times"));
    }

    #[test]
    fn a_tuple_of_numbers_takes_no_pre_release() {
        let text = "__version__ = (1, 2, 3)\n";
        let version = PythonVersion::find(text, "__version__").unwrap();
        assert!(matches!(version.replace(text, "2.0rc1"), Err(PythonError::VersionTuple { .. })));
    }
}
