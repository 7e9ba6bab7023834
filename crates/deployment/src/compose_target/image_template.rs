//! References as Compose files write them, with variables: `${REGISTRY}/api:v${TAG:-1.0}`.

/// The variable that ends the tag of a reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EndVariable {
    /// The text of the tag before it.
    pub(super) beginning: String,
    /// Its name.
    pub(super) name: String,
    /// What follows the name in braces: `:-1.0`, `?no tag`, or nothing.
    pub(super) operator: String,
}

/// `None` for a tag that has no variable, several, or text after it.
pub(super) fn end_variable(template: &str) -> Option<EndVariable> {
    let mut pieces = pieces(template)?;
    let Some(Piece::Variable { name, operator }) = pieces.pop() else { return None };
    let Some(Piece::Text(before)) = pieces.pop() else { return None };
    let (_, beginning) = before.rsplit_once(':')?;
    let beginning = beginning.to_owned();
    (!beginning.contains('/')).then_some(EndVariable { beginning, name, operator })
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable { name: String, operator: String },
}

/// `None` for what Compose would read otherwise than as text and variables.
fn pieces(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('$') {
        let (text, variable) = rest.split_at(start);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let (piece, after) = first_variable(variable)?;
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(pieces)
}

/// The variable at the beginning of a text, and what follows it.
fn first_variable(text: &str) -> Option<(Piece, &str)> {
    let braced = text.strip_prefix("${");
    let inner = braced.or_else(|| text.strip_prefix('$'))?;
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let (operator, after) = match braced {
        Some(_) => split_operator(rest)?,
        None => ("", rest),
    };
    let is_name = name.starts_with(|c: char| !c.is_ascii_digit());
    let (name, operator) = (name.to_owned(), operator.to_owned());
    is_name.then_some((Piece::Variable { name, operator }, after))
}

/// What is before the closing brace of a variable, and after it; a default may have
/// variables of its own. `${NAME:+other}` does not stand for the value of its variable.
fn split_operator(rest: &str) -> Option<(&str, &str)> {
    let unset = rest.strip_prefix(':').unwrap_or(rest);
    if !unset.starts_with(['-', '?']) && !rest.starts_with('}') {
        return None;
    }
    let mut depth = 1;
    let closing = rest.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0
    });
    closing.map(|(index, _)| (&rest[..index], &rest[index + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_a_tag_is_found_in_every_form() {
        for (template, expected) in [
            ("demo/api:${TAG}", ["", "TAG", ""]),
            ("demo/api:${TAG:-1.0}", ["", "TAG", ":-1.0"]),
            ("demo/api:${TAG-1.0}", ["", "TAG", "-1.0"]),
            ("demo/api:${TAG:?set it}", ["", "TAG", ":?set it"]),
            ("demo/api:${TAG:-${DEFAULT_TAG:-1.0}}", ["", "TAG", ":-${DEFAULT_TAG:-1.0}"]),
            ("demo/api:$TAG", ["", "TAG", ""]),
            ("registry:5000/demo/api:v${VERSION}", ["v", "VERSION", ""]),
            ("${REGISTRY}/demo/api:${TAG}", ["", "TAG", ""]),
            ("${REGISTRY:-registry:5000/}demo/api:cron-${TAG}", ["cron-", "TAG", ""]),
            ("$REGISTRY:$PORT/demo/${NAME}:$TAG", ["", "TAG", ""]),
        ] {
            let [beginning, name, operator] = expected.map(str::to_owned);
            let expected = EndVariable { beginning, name, operator };
            assert_eq!(end_variable(template), Some(expected), "{template}");
        }
    }

    #[test]
    fn what_is_more_than_one_variable_at_the_end_of_a_tag_is_none() {
        for template in [
            "demo/api:${TAG}-slim",
            "demo/api:${MAJOR}.${MINOR}",
            "demo/api:${MAJOR}${MINOR}",
            "demo/api:1.0",
            "demo/api$TAG",
            "${IMAGE}",
            "registry:5000/$NAME",
            "demo/api:$$TAG",
            "demo/api:${TAG:+1.0}",
            "demo/api:${TAG:}",
            "demo/api:${TAG",
            "demo/api:${}",
            "demo/api:$",
        ] {
            assert_eq!(end_variable(template), None, "{template}");
        }
    }
}
