//! Files with variables, as Compose reads them (compose-go, folder `dotenv`):
//! quotes, `export`, comments, escapes, interpolation, names alone.

use crate::interpolation::{Interpolated, Lookup, Refusal, interpolate};

/// What is wrong, and where. No value is quoted: it may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The first line is 1.
    pub(crate) line: u64,
    pub(crate) message: &'static str,
}

type Variables = Vec<Variable>;

type Variable = (String, Interpolated);

/// The variables of a file in order; a later one of the same name wins.
/// `lookup` knows what is set already: it wins in interpolation, and gives the
/// values of names that stand alone.
pub(crate) fn parse(text: &str, lookup: Lookup<'_>) -> Result<Variables, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Variables::new();
    let mut rest = next_statement(text);
    while !rest.is_empty() {
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count() as u64;
        let fault = |message| Fault { line, message };
        let known = |name: &str| lookup(name).or_else(|| last(&variables, name));
        let (statement, after) = statement(rest, &known).map_err(fault)?;
        variables.extend(statement);
        rest = next_statement(after);
    }
    Ok(variables)
}

fn last(variables: &Variables, name: &str) -> Option<Interpolated> {
    let of_name = |(other, value): &(String, Interpolated)| (other == name).then(|| value.clone());
    variables.iter().rev().find_map(of_name)
}

/// Without the empty lines and comments that the text begins with.
fn next_statement(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| &rest[end..]).trim_start();
    }
    rest
}

/// One variable, none when its name stands alone and is not set, and what
/// follows.
fn statement<'a>(
    text: &'a str,
    known: Lookup<'_>,
) -> Result<(Option<Variable>, &'a str), &'static str> {
    let text = without_export(text);
    let end = name_end(text)?;
    let name = text[..end].trim_end();
    if name.contains(' ') {
        return Err("a variable's name contains a space");
    }
    let named = |value| (name.to_owned(), value);
    if text[end..].starts_with(['=', ':']) {
        let (value, rest) = value(text[end + 1..].trim_start_matches(is_blank), known)?;
        return Ok((Some(named(value)), rest));
    }
    Ok((known(name).map(named), &text[end..]))
}

fn without_export(text: &str) -> &str {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
    exported.map_or(text, str::trim_start)
}

/// Where the name ends: at `=`, `:` or the end of its line.
fn name_end(text: &str) -> Result<usize, &'static str> {
    for (at, letter) in text.char_indices() {
        match letter {
            '=' | ':' | '\n' => return Ok(at),
            '_' | '.' | '-' | '[' | ']' => {}
            _ if is_blank(letter) || letter.is_alphanumeric() => {}
            _ => return Err("a variable's name has a character that no name has"),
        }
    }
    Ok(text.len())
}

/// A space that ends no line.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn value<'a>(text: &'a str, known: Lookup<'_>) -> Result<(Interpolated, &'a str), &'static str> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        let (line, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
        let value = line.split(" #").next().unwrap_or(line).trim_end();
        return Ok((interpolated(value, known)?, rest));
    };
    let (quoted, rest) = quoted(&text[1..], quote).ok_or("a quoted value has no end")?;
    let value = if quote == '"' {
        interpolated(&unescaped(&quoted), known)?
    } else {
        Interpolated::from(quoted)
    };
    Ok((value, rest))
}

fn interpolated(text: &str, known: Lookup<'_>) -> Result<Interpolated, &'static str> {
    let value = interpolate(text, known);
    if value.as_compose() == Err(Refusal::Invalid) {
        return Err("a `${` begins no variable; write `$$` for a dollar sign");
    }
    Ok(value)
}

/// Up to the closing quote; an escaped quote loses its backslash.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
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

/// The escapes of double quotes. `\$` becomes `$$`, which interpolation takes
/// for a `$` that begins no variable.
fn unescaped(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        rest = escape(after, &mut value);
    }
    value.push_str(rest);
    value
}

/// What stands behind a backslash; gives what is left of the text.
fn escape<'a>(after: &'a str, value: &mut String) -> &'a str {
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
        Some(b'0') => return octal(after, value),
        _ => "\\",
    };
    value.push_str(plain);
    if plain == "\\" && !after.starts_with('\\') { after } else { &after[1..] }
}

/// `\0123`: three digits after the zero. Of anything else Compose drops the zero.
fn octal<'a>(after: &'a str, value: &mut String) -> &'a str {
    let digits = after.get(1..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
    value.push(code.map_or('\\', char::from));
    &after[if code.is_some() { 4 } else { 1 }..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Fault> {
        let plain = |(name, value): Variable| (name, value.as_compose().unwrap());
        Ok(parse(text, &|_| None)?.into_iter().map(plain).collect())
    }

    #[test]
    fn a_fault_is_told_with_its_line_and_without_values() {
        for (text, line) in [("A=1\n\nB C=hush", 3), ("A='x\ny'\nB=\"hush", 3), ("A=hush${", 1)] {
            let fault = read(text).unwrap_err();
            assert_eq!(fault.line, line, "{text}");
            assert!(!fault.message.contains("hush"));
        }
    }

    #[test]
    fn a_name_at_the_very_end_is_no_fault() {
        assert_eq!(read("A=1\nB").unwrap(), [("A".to_owned(), "1".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,80}") {
            let _ = parse(&text, &|_| None);
        }

        #[test]
        fn no_text_of_special_characters_makes_the_reader_panic(text in "[A=:'\"\\\\$#{}\n\r 0é-]{0,40}") {
            let _ = parse(&text, &|_| None);
        }

        #[test]
        fn what_has_no_special_character_stays_itself(value in "[a-zA-Z0-9/:._-]{0,30}") {
            for text in [format!("A={value}"), format!("A='{value}'"), format!("export A=\"{value}\"\n")] {
                prop_assert_eq!(read(&text).unwrap(), [("A".to_owned(), value.clone())]);
            }
        }
    }
}
