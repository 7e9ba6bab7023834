//! The header format of `METADATA` and `PKG-INFO`: RFC 822 fields, then the
//! description as a body (core metadata specification).

/// Fields in order of appearance, and the text after the first empty line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Parses the whole text. The second value describes each line that is neither
/// a field nor a continuation.
pub(crate) fn parse_headers(text: &str) -> (Headers, Vec<String>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut headers = Headers::default();
    let mut malformed = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if line.is_empty() {
            headers.body = rest.to_owned();
            break;
        }
        if line.starts_with([' ', '\t']) {
            match headers.fields.last_mut() {
                Some((_, value)) => extend_value(value, line),
                None => malformed.push(format!("`{}` belongs to no field", line.trim())),
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.fields.push((name.trim_end().to_owned(), value.trim().to_owned()));
        } else {
            malformed.push(format!("`{line}` has no colon"));
        }
    }
    (headers, malformed)
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
fn extend_value(value: &mut String, line: &str) {
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
        let (headers, malformed) =
            parse_headers("Name: x\r\nClassifier: A\r\nClassifier: B: C\r\n\r\nHello\n\nworld\n");
        assert!(malformed.is_empty());
        assert_eq!(headers.fields[2], ("Classifier".to_owned(), "B: C".to_owned()));
        assert_eq!(headers.body, "Hello\n\nworld\n");
    }

    #[test]
    fn folded_descriptions_get_their_lines_back() {
        let (headers, _) =
            parse_headers("Description: One\n        Two\n         three\n       |four\n");
        assert_eq!(headers.fields[0].1, "One\nTwo\n three\nfour");
    }

    #[test]
    fn malformed_lines_are_reported() {
        let (_, malformed) = parse_headers(" lost\nName x\nVersion: 1\n");
        assert_eq!(malformed.len(), 2);
    }
}
