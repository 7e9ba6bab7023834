//! The logical lines of a Python text (Python reference, "Lexical analysis"): strings,
//! comments, brackets and continued lines are followed, so that text inside of them is
//! not taken for a statement.

use std::ops::Range;

/// The statements that start in the first column, without comments' lines.
pub(crate) fn top_level_statements(text: &str) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    // An editor's byte order mark is not part of the first statement.
    let mut position = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while position < text.len() {
        let end = logical_line_end(text, position);
        if text[position..].starts_with(|first: char| first.is_alphabetic() || first == '_') {
            statements.push(position..end);
        }
        position = end;
    }
    statements
}

/// The line of a position, from 1.
pub(crate) fn line_number(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

/// Where the logical line that starts at `start` ends, with its newline.
fn logical_line_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut position, mut depth) = (start, 0_usize);
    while let Some(&byte) = bytes.get(position) {
        match byte {
            b'\n' if depth == 0 => return position + 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => {
                position = line_end(bytes, position);
                continue;
            }
            b'\'' | b'"' => {
                position = string_end(bytes, position);
                continue;
            }
            // The next character, which may be the newline of a continued line.
            b'\\' => position += usize::from(text[position..].starts_with("\\\r\n")) + 1,
            _ => {}
        }
        position += 1;
    }
    text.len()
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    let newline = bytes[start..].iter().position(|&byte| byte == b'\n');
    newline.map_or(bytes.len(), |offset| start + offset)
}

/// Where the string literal that opens at `start` ends. A simple one that is not
/// closed ends with its line.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_triple = bytes[start..].starts_with(&[quote; 3]);
    let length = if is_triple { 3 } else { 1 };
    let mut position = start + length;
    while let Some(&byte) = bytes.get(position) {
        match byte {
            b'\\' => position += 2,
            b'\n' if !is_triple => return position,
            _ if bytes[position..].starts_with(&[quote; 3][..length]) => return position + length,
            _ => position += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_a_statement() {
        let text = "\u{feff}__version__ = '1'\n";
        assert_eq!(top_level_statements(text).first(), Some(&(3..text.len())));
    }

    #[test]
    fn statements_are_found_outside_of_strings_brackets_and_comments() {
        let text = "'''\na = 1\n'''\n# b = 1\nc = (\nd = 1,\n)\nif x:\n    e = 1\nf = \"\\\"\" # '\n\
                    g = 1 + \\\nh\ni = '# no comment'\n";
        let statements: Vec<&str> =
            top_level_statements(text).into_iter().map(|range| &text[range]).collect();
        let starts: Vec<&str> = statements.iter().map(|line| &line[..2]).collect();
        assert_eq!(starts, ["c ", "if", "f ", "g ", "i "]);
        assert_eq!(statements[3], "g = 1 + \\\nh\n");
    }
}
