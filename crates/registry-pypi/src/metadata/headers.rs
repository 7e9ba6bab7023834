//! The header format of `METADATA` and `PKG-INFO`: RFC 822 fields, then the
//! description as a body (core metadata specification).

/// Fields in order of appearance, and the text after the first empty line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Reads the whole text. Lines that are neither a field nor a continuation are
/// returned as complaints.
pub(crate) fn parse(text: &str) -> (Headers, Vec<String>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut headers = Headers::default();
    let mut complaints = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if line.is_empty() {
            headers.body = rest.to_owned();
            break;
        }
        if line.starts_with([' ', '\t']) {
            match headers.fields.last_mut() {
                Some((_, value)) => continue_value(value, line),
                None => complaints.push(format!("`{}` belongs to no field", line.trim())),
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.fields.push((name.trim_end().to_owned(), value.trim().to_owned()));
        } else {
            complaints.push(format!("`{line}` has no colon"));
        }
    }
    (headers, complaints)
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

/// Continuation lines of a description carry eight spaces, or seven and a bar;
/// those of other fields any white space.
fn continue_value(value: &mut String, line: &str) {
    let marks = ["       |", "        "];
    let content = marks.iter().find_map(|mark| line.strip_prefix(mark));
    value.push('\n');
    value.push_str(content.unwrap_or_else(|| line.trim_start()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_repeat_and_the_body_follows_an_empty_line() {
        let (headers, complaints) =
            parse("Name: x\r\nClassifier: A\r\nClassifier: B: C\r\n\r\nHello\n\nworld\n");
        assert!(complaints.is_empty());
        assert_eq!(headers.fields[2], ("Classifier".to_owned(), "B: C".to_owned()));
        assert_eq!(headers.body, "Hello\n\nworld\n");
    }

    #[test]
    fn folded_descriptions_get_their_lines_back() {
        let (headers, _) = parse("Description: One\n        Two\n         three\n       |four\n");
        assert_eq!(headers.fields[0].1, "One\nTwo\n three\nfour");
    }

    #[test]
    fn lines_that_are_no_field_are_complained_about() {
        let (_, complaints) = parse(" lost\nName x\nVersion: 1\n");
        assert_eq!(complaints.len(), 2);
    }
}
