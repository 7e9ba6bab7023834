//! Files with variables, as Compose reads them (compose-go, folder `dotenv`):
//! quotes, `export`, comments, escapes, interpolation, names alone.

use std::ops::Range;

use crate::interpolation::{Interpolated, Lookup, Refusal, interpolate};

/// Where a file is malformed, and how. No value is quoted: it may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DotenvError {
    /// The first line is 1.
    pub(crate) line: u64,
    pub(crate) message: &'static str,
}

type Variable = (String, Interpolated);

/// A variable that a file sets.
struct Assignment<'a> {
    name: String,
    value: Interpolated,
    /// What is written between the quotes, if there are any.
    written: &'a str,
}

/// The variables of a file in order; a later one of the same name wins.
/// `lookup` has the variables that are set already: they win in interpolation, and
/// are the values of names without `=`.
pub(crate) fn parse_dotenv(text: &str, lookup: Lookup<'_>) -> Result<Vec<Variable>, DotenvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Vec::new();
    let mut rest = skip_blank_lines_and_comments(text);
    while !rest.is_empty() {
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count() as u64;
        let statement =
            parse_statement(rest, &|name| lookup(name).or_else(|| last_value(&variables, name)));
        let (statement, after) = statement.map_err(|message| DotenvError { line, message })?;
        variables.extend(statement.into_variable());
        rest = skip_blank_lines_and_comments(after);
    }
    Ok(variables)
}

/// Where the file that Compose reads has the value of a variable: the place of its text
/// between the quotes, if there are any. `None` when the file does not set the variable,
/// or is malformed.
///
/// The last assignment counts, as for Compose: `TAG=1`, `TAG: 1`, `export TAG='1' # why`.
#[must_use]
pub fn find_in_env_file(text: &str, name: &str) -> Option<Range<usize>> {
    let mut rest = skip_blank_lines_and_comments(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut found = None;
    while !rest.is_empty() {
        let (statement, after) = parse_statement(rest, &|_| None).ok()?;
        if let Statement::Assignment(Assignment { name: other, written, .. }) = statement
            && other == name
        {
            // Both are parts of one text.
            let start = written.as_ptr() as usize - text.as_ptr() as usize;
            found = Some(start..start + written.len());
        }
        rest = skip_blank_lines_and_comments(after);
    }
    found
}

fn last_value(variables: &[Variable], name: &str) -> Option<Interpolated> {
    variables.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.clone())
}

fn skip_blank_lines_and_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| &rest[end..]).trim_start();
    }
    rest
}

enum Statement<'a> {
    Assignment(Assignment<'a>),
    /// A name without `=`, with the value that the variable has outside the file.
    Name(Option<Variable>),
}

impl Statement<'_> {
    fn into_variable(self) -> Option<Variable> {
        match self {
            Self::Assignment(Assignment { name, value, .. }) => Some((name, value)),
            Self::Name(variable) => variable,
        }
    }
}

/// One statement and the rest of the text.
fn parse_statement<'a>(
    text: &'a str,
    lookup: Lookup<'_>,
) -> Result<(Statement<'a>, &'a str), &'static str> {
    let text = strip_export(text);
    let end = find_name_end(text)?;
    let name = text[..end].trim_end();
    if name.contains(' ') {
        return Err("a variable's name contains a space");
    }
    if text[end..].starts_with(['=', ':']) {
        let value = text[end + 1..].trim_start_matches(is_blank);
        let (value, written, rest) = parse_value(value, lookup)?;
        let assignment = Assignment { name: name.to_owned(), value, written };
        return Ok((Statement::Assignment(assignment), rest));
    }
    let variable = lookup(name).map(|value| (name.to_owned(), value));
    Ok((Statement::Name(variable), &text[end..]))
}

fn strip_export(text: &str) -> &str {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
    exported.map_or(text, str::trim_start)
}

/// Where the name ends: at `=`, `:` or the end of its line.
fn find_name_end(text: &str) -> Result<usize, &'static str> {
    for (at, letter) in text.char_indices() {
        match letter {
            '=' | ':' | '\n' => return Ok(at),
            '_' | '.' | '-' | '[' | ']' => {}
            _ if is_blank(letter) || letter.is_alphanumeric() => {}
            _ => return Err("a variable's name contains an invalid character"),
        }
    }
    Ok(text.len())
}

/// White space within a line.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// A value, as it is written, and the rest of the text.
fn parse_value<'a>(
    text: &'a str,
    lookup: Lookup<'_>,
) -> Result<(Interpolated, &'a str, &'a str), &'static str> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        let (line, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
        let value = line.split(" #").next().unwrap_or(line).trim_end();
        return Ok((interpolate_value(value, lookup)?, value, rest));
    };
    let (quoted, rest) = take_quoted(&text[1..], quote).ok_or("unterminated quoted value")?;
    let value = if quote == '"' {
        interpolate_value(&unescape(&quoted), lookup)?
    } else {
        Interpolated::from(quoted)
    };
    let written = &text[1..text.len() - rest.len() - 1];
    Ok((value, written, rest))
}

fn interpolate_value(text: &str, lookup: Lookup<'_>) -> Result<Interpolated, &'static str> {
    let value = interpolate(text, lookup);
    if value.resolve_as_compose() == Err(Refusal::Invalid) {
        return Err("a `${` does not start a valid variable; write `$$` for a literal dollar sign");
    }
    Ok(value)
}

/// Up to the closing quote; an escaped quote loses its backslash.
fn take_quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next()?.1 {
                escaped if escaped == quote => value.push(quote),
                escaped => value.extend(['\\', escaped]),
            },
            _ if letter == quote => return Some((value, &text[at + 1..])),
            _ => value.push(letter),
        }
    }
    None
}

/// Replaces the escapes of double quotes. `\$` becomes `$$`, which interpolation
/// turns into a plain `$`.
fn unescape(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        rest = push_escape(after, &mut value);
    }
    value.push_str(rest);
    value
}

/// Appends what the escape after a backslash means, and returns the rest of the
/// text.
fn push_escape<'a>(after: &'a str, value: &mut String) -> &'a str {
    let plain = match after.as_bytes().first() {
        Some(b'a') => "\u{7}",
        Some(b'b') => "\u{8}",
        Some(b'f') => "\u{c}",
        Some(b'n') => "\n",
        Some(b'r') => "\r",
        Some(b't') => "\t",
        Some(b'v') => "\u{b}",
        Some(b'\\') => "\\",
        Some(b'"') => "\"",
        Some(b'$') => "$$",
        Some(b'0') => return push_octal(after, value),
        _ => "\\",
    };
    value.push_str(plain);
    if plain == "\\" && !after.starts_with('\\') { after } else { &after[1..] }
}

/// `\0123`: three digits after the zero. Otherwise Compose drops the zero.
fn push_octal<'a>(after: &'a str, value: &mut String) -> &'a str {
    let digits = after.get(1..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
    value.push(code.map_or('\\', char::from));
    &after[if code.is_some() { 4 } else { 1 }..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain_variables(text: &str) -> Result<Vec<(String, String)>, DotenvError> {
        let variables = parse_dotenv(text, &|_| None)?.into_iter();
        Ok(variables.map(|(name, value)| (name, value.resolve_as_compose().unwrap())).collect())
    }

    #[test]
    fn an_error_has_its_line_and_no_value() {
        for (text, line) in [("A=1\n\nB C=hush", 3), ("A='x\ny'\nB=\"hush", 3), ("A=hush${", 1)] {
            let error = plain_variables(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(!error.message.contains("hush"));
        }
    }

    #[test]
    fn a_value_is_found_in_every_form_that_compose_reads() {
        for text in [
            "TAG=1.0",
            "A=1\nTAG=1.0\nB=TAG=2\n",
            "TAG: 1.0\n",
            "TAG = 1.0 # why\n",
            "export TAG=\"1.0\"\r\n# TAG=2\n",
            "TAG='1.0' # why\nB='\nTAG=3\n'\n",
            "\u{feff}TAG=1.0\n",
            "TAG=0.9\nTAG=1.0\n",
        ] {
            let found = find_in_env_file(text, "TAG").map(|range| &text[range]);
            assert_eq!(found, Some("1.0"), "{text}");
        }
        assert_eq!(find_in_env_file("TAG=\n", "TAG"), Some(4..4));
        for text in ["", "TAGS=1.0\n", "#TAG=1.0\n", "TAG\n", "TAG=1.0\nB='\n"] {
            assert_eq!(find_in_env_file(text, "TAG"), None, "{text}");
        }
    }

    #[test]
    fn a_name_at_the_end_of_the_file_is_accepted() {
        assert_eq!(plain_variables("A=1\nB").unwrap(), [("A".to_owned(), "1".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(text in "(?s).{0,80}") {
            let _ = parse_dotenv(&text, &|_| None);
        }

        #[test]
        fn no_text_of_special_characters_causes_a_panic(text in "[A=:'\"\\\\$#{}\n\r 0é-]{0,40}") {
            let _ = parse_dotenv(&text, &|_| None);
        }

        #[test]
        fn a_value_without_special_characters_is_unchanged(value in "[a-zA-Z0-9/:._-]{0,30}") {
            for text in [format!("A={value}"), format!("A='{value}'"), format!("export A=\"{value}\"\n")] {
                prop_assert_eq!(plain_variables(&text).unwrap(), [("A".to_owned(), value.clone())]);
            }
        }
    }
}
