//! Variables in Compose files and `.env`: `$A`, `${A}`, `${A:-x}`, `${A-x}`,
//! `${A:?e}`, `${A?e}`, `${A:+x}`, `${A+x}`, nested, and `$$`
//! (<https://docs.docker.com/reference/compose-file/interpolation/>).

/// A text whose variables were replaced as far as their values are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Interpolated {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of an interpolated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// Unset and without a default: Compose inserts nothing, or refuses when the
    /// variable is required.
    Missing(MissingVariable),
    /// A variable that may have any value: the file that would set it cannot be read.
    Uncertain(String),
    /// A `${` that does not start a variable: Compose refuses.
    Invalid,
}

/// A variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingVariable {
    pub(crate) variable: String,
    /// With `?`: the message in the file.
    pub(crate) required: Option<String>,
}

/// Why Compose would refuse the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Required {
        variable: String,
        message: String,
    },
    /// A `${` that does not start a variable. The text is not quoted: it may be a
    /// secret.
    Invalid,
}

impl From<String> for Interpolated {
    fn from(text: String) -> Self {
        Self { pieces: if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] } }
    }
}

impl Interpolated {
    /// The text as Compose resolves it: missing variables are empty.
    pub(crate) fn resolve_as_compose(&self) -> Result<String, Refusal> {
        self.pieces.iter().map(Piece::resolve_as_compose).collect()
    }

    /// The text, if nothing in it is missing, uncertain or invalid.
    pub(crate) fn complete_text(&self) -> Option<String> {
        let texts = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The first variable whose value is not known.
    pub(crate) fn first_missing(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Missing(MissingVariable { variable, .. }) | Piece::Uncertain(variable) => {
                Some(variable.as_str())
            }
            Piece::Text(_) | Piece::Invalid => None,
        })
    }

    /// The value of a variable that a file may set which cannot be read.
    pub(crate) fn uncertain(variable: &str) -> Self {
        Self { pieces: vec![Piece::Uncertain(variable.to_owned())] }
    }

    /// Whether Compose would resolve it to an empty text.
    fn is_empty(&self) -> bool {
        let certain = !self.pieces.iter().any(|piece| matches!(piece, Piece::Uncertain(_)));
        certain && self.resolve_as_compose().is_ok_and(|text| text.is_empty())
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn append_pieces(&mut self, other: Self) {
        for piece in other.pieces {
            match piece {
                Piece::Text(text) => self.push_text(&text),
                other => self.pieces.push(other),
            }
        }
    }
}

impl Piece {
    fn resolve_as_compose(&self) -> Result<String, Refusal> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Uncertain(_) | Self::Missing(MissingVariable { required: None, .. }) => {
                Ok(String::new())
            }
            Self::Missing(MissingVariable { variable, required: Some(message) }) => {
                Err(Refusal::Required { variable: variable.clone(), message: message.clone() })
            }
            Self::Invalid => Err(Refusal::Invalid),
        }
    }
}

/// Gives the value of a variable that is set. The value itself may have missing
/// parts: `.env` files are interpolated too.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<Interpolated>;

/// Replaces the variables of a text.
pub(crate) fn interpolate(text: &str, lookup: Lookup<'_>) -> Interpolated {
    interpolate_nested(text, lookup, MAX_DEPTH)
}

/// Deeper nesting is refused, so that no text exhausts the stack.
const MAX_DEPTH: u8 = 32;

fn interpolate_nested(text: &str, lookup: Lookup<'_>, depth: u8) -> Interpolated {
    let mut result = Interpolated::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_text(before);
        rest = push_variable(after, lookup, depth, &mut result);
    }
    result.push_text(rest);
    result
}

/// Appends the value of what follows a `$`, and returns the rest of the text.
fn push_variable<'a>(
    after: &'a str,
    lookup: Lookup<'_>,
    depth: u8,
    result: &mut Interpolated,
) -> &'a str {
    if let Some(rest) = after.strip_prefix('$') {
        result.push_text("$");
        return rest;
    }
    if let Some(inner) = after.strip_prefix('{') {
        let Some((inside, rest)) = split_at_closing_brace(inner) else {
            result.pieces.push(Piece::Invalid);
            return "";
        };
        match depth.checked_sub(1).and_then(|depth| evaluate(inside, lookup, depth)) {
            Some(value) => result.append_pieces(value),
            None => result.pieces.push(Piece::Invalid),
        }
        return rest;
    }
    let (name, rest) = after.split_at(name_length(after));
    match (name, lookup(name)) {
        // Before anything else a `$` is a plain character.
        ("", _) => result.push_text("$"),
        (_, Some(value)) => result.append_pieces(value),
        (_, None) => result.pieces.push(missing_piece(name, None)),
    }
    rest
}

/// Splits at the brace that closes the one before the text.
fn split_at_closing_brace(text: &str) -> Option<(&str, &str)> {
    let mut open = 1_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

/// Evaluates an expression in braces: a name, optionally with an operator and its
/// operand.
fn evaluate(inside: &str, lookup: Lookup<'_>, depth: u8) -> Option<Interpolated> {
    let (name, rest) = inside.split_at(name_length(inside));
    let (empty_counts_as_unset, operation) = match rest.strip_prefix(':') {
        Some(operation) => (true, operation),
        None => (false, rest),
    };
    let mut letters = operation.chars();
    let operator = letters.next();
    let operand = letters.as_str();
    let value = lookup(name);
    let set = value.clone().filter(|value| !(empty_counts_as_unset && value.is_empty()));
    Some(match (operator, set) {
        _ if name.is_empty() => return None,
        (None, _) if !empty_counts_as_unset => match value {
            Some(value) => value,
            None => Interpolated { pieces: vec![missing_piece(name, None)] },
        },
        (Some('-' | '?'), Some(value)) => value,
        (Some('-'), None) | (Some('+'), Some(_)) => interpolate_nested(operand, lookup, depth),
        (Some('+'), None) => Interpolated::default(),
        (Some('?'), None) => {
            let message = interpolate_nested(operand, lookup, depth);
            let message = message.resolve_as_compose().unwrap_or_default();
            Interpolated { pieces: vec![missing_piece(name, Some(message))] }
        }
        _ => return None,
    })
}

fn missing_piece(variable: &str, required: Option<String>) -> Piece {
    Piece::Missing(MissingVariable { variable: variable.to_owned(), required })
}

/// Length of the variable name that the text starts with.
fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interpolated(text: &str) -> Interpolated {
        interpolate(text, &|name| match name {
            "SET" => Some(Interpolated::from("set".to_owned())),
            "EMPTY" => Some(Interpolated::default()),
            "MAYBE" => Some(Interpolated::uncertain("MAYBE")),
            _ => None,
        })
    }

    #[test]
    fn the_text_around_a_missing_variable_is_kept() {
        let pieces = interpolated("a:${SET}-${UNSET}-b").pieces;
        assert_eq!(pieces[0], Piece::Text("a:set-".to_owned()));
        assert_eq!(pieces[1], missing_piece("UNSET", None));
        assert_eq!(pieces[2], Piece::Text("-b".to_owned()));
    }

    #[test]
    fn a_required_variable_is_refused_with_its_message() {
        let message = "say set".to_owned();
        let refusal = Refusal::Required { variable: "UNSET".to_owned(), message };
        assert_eq!(interpolated("${UNSET:?say ${SET}}").resolve_as_compose(), Err(refusal));
        assert_eq!(interpolated("${EMPTY?}").resolve_as_compose(), Ok(String::new()));
    }

    #[test]
    fn an_uncertain_variable_is_not_replaced_by_a_default() {
        for text in ["${MAYBE:-x}", "${MAYBE-x}", "$MAYBE", "${UNSET:-$MAYBE}"] {
            assert_eq!(interpolated(text).complete_text(), None, "{text}");
            assert_eq!(interpolated(text).first_missing(), Some("MAYBE"), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "${A:-".repeat(10_000) + &"}".repeat(10_000);
        assert_eq!(interpolated(&deep).resolve_as_compose(), Err(Refusal::Invalid));
    }

    proptest! {
        #[test]
        fn text_without_variables_is_unchanged(text in "[^$]{0,60}") {
            prop_assert_eq!(interpolated(&text).complete_text().unwrap(), text);
        }

        #[test]
        fn no_text_causes_a_panic(text in "[$${}a-zA-Z:?+é-]{0,60}") {
            let _ = interpolated(&text).resolve_as_compose();
        }

        #[test]
        fn a_doubled_dollar_is_a_single_one(text in "(?s).{0,40}") {
            prop_assert_eq!(interpolated(&text.replace('$', "$$")).complete_text().unwrap(), text);
        }
    }
}
