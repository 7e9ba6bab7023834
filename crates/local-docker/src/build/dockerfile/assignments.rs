/// The names and values that an `ARG` or `ENV` sets; those without a value are left out.
pub(super) fn assignments(instruction: &str) -> Vec<(String, String)> {
    let Some((keyword, rest)) = instruction.trim().split_once(char::is_whitespace) else {
        return Vec::new();
    };
    let is_env = keyword.eq_ignore_ascii_case("ENV");
    if !is_env && !keyword.eq_ignore_ascii_case("ARG") {
        return Vec::new();
    }
    let rest = rest.trim();
    let first = rest.split(char::is_whitespace).next().unwrap_or_default();
    // The older form of ENV has one name, and the rest of the line is its value.
    if is_env && !first.contains('=') {
        let value = rest[first.len()..].trim();
        return vec![(first.to_owned(), unquoted(value))];
    }
    let pairs = quoted_parts(rest).into_iter();
    pairs
        .filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.to_owned(), unquoted(value)))
        })
        .collect()
}

/// Split at blanks outside of quotes.
fn quoted_parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (position, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ if quote == Some(letter) => quote = None,
            _ if letter.is_whitespace() && quote.is_none() => {
                parts.push(&text[start..position]);
                start = position + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn unquoted(value: &str) -> String {
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)));
    inner.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_quotes_are_read() {
        for (instruction, expected) in [
            ("ARG A", vec![]),
            ("arg A=1 B C='x y'", vec![("A", "1"), ("C", "x y")]),
            ("ENV A=\"1 2\" B=a\\ b", vec![("A", "1 2"), ("B", "a\\ b")]),
            ("ENV A 1 B=2", vec![("A", "1 B=2")]),
            ("ENV A", vec![("A", "")]),
            ("RUN A=1", vec![]),
        ] {
            let found = assignments(instruction);
            let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, expected, "{instruction}");
        }
    }
}
