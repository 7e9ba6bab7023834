//! Variables in Compose files and `.env`: `$A`, `${A}`, `${A:-x}`, `${A-x}`,
//! `${A:?e}`, `${A?e}`, `${A:+x}`, `${A+x}`, nested, and `$$`
//! (<https://docs.docker.com/reference/compose-file/interpolation/>).

/// A text whose variables were replaced as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Interpolated {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of an interpolated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// Not set and without default: Compose writes nothing in its place, or
    /// refuses when it is required.
    Missing(Missing),
    /// May be anything: where its value would stand cannot be read.
    Unsure(String),
    /// A `${` that begins no variable: Compose refuses.
    Invalid,
}

/// A variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) variable: String,
    /// With `?`: what the file says about it.
    pub(crate) required: Option<String>,
}

/// Why Compose would refuse the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Required {
        variable: String,
        message: String,
    },
    /// A `${` that begins no variable. The text is not quoted: it may be a secret.
    Invalid,
}

impl From<String> for Interpolated {
    fn from(text: String) -> Self {
        Self { pieces: if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] } }
    }
}

impl Interpolated {
    /// The text as Compose makes it: what is missing is empty.
    pub(crate) fn as_compose(&self) -> Result<String, Refusal> {
        self.pieces.iter().map(Piece::as_compose).collect()
    }

    /// The text, if nothing in it is missing or invalid.
    pub(crate) fn known(&self) -> Option<String> {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.pieces.iter().map(text).collect()
    }

    /// The first variable whose value is not known.
    pub(crate) fn first_missing(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Missing(Missing { variable, .. }) | Piece::Unsure(variable) => {
                Some(variable.as_str())
            }
            Piece::Text(_) | Piece::Invalid => None,
        })
    }

    /// The value of a variable that may be set where it cannot be read.
    pub(crate) fn unsure(variable: &str) -> Self {
        Self { pieces: vec![Piece::Unsure(variable.to_owned())] }
    }

    /// Whether Compose would take it for an empty text.
    fn is_empty(&self) -> bool {
        let sure = !self.pieces.iter().any(|piece| matches!(piece, Piece::Unsure(_)));
        sure && self.as_compose().is_ok_and(|text| text.is_empty())
    }

    fn text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn append(&mut self, other: Self) {
        for piece in other.pieces {
            match piece {
                Piece::Text(text) => self.text(&text),
                other => self.pieces.push(other),
            }
        }
    }
}

impl Piece {
    fn as_compose(&self) -> Result<String, Refusal> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Unsure(_) | Self::Missing(Missing { required: None, .. }) => Ok(String::new()),
            Self::Missing(Missing { variable, required: Some(message) }) => {
                Err(Refusal::Required { variable: variable.clone(), message: message.clone() })
            }
            Self::Invalid => Err(Refusal::Invalid),
        }
    }
}

/// Tells the value of a variable that is set. The value itself may have parts
/// that are not known: `.env` files are interpolated too.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<Interpolated>;

/// Replaces the variables of a text.
pub(crate) fn interpolate(text: &str, lookup: Lookup<'_>) -> Interpolated {
    bounded(text, lookup, MOST_NESTED)
}

/// Deeper nesting is refused, so that no text exhausts the stack.
const MOST_NESTED: u8 = 32;

fn bounded(text: &str, lookup: Lookup<'_>, depth: u8) -> Interpolated {
    let mut result = Interpolated::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.text(before);
        rest = variable(after, lookup, depth, &mut result);
    }
    result.text(rest);
    result
}

/// What stands behind a `$`; gives what is left of the text.
fn variable<'a>(
    after: &'a str,
    lookup: Lookup<'_>,
    depth: u8,
    result: &mut Interpolated,
) -> &'a str {
    if let Some(rest) = after.strip_prefix('$') {
        result.text("$");
        return rest;
    }
    if let Some(inner) = after.strip_prefix('{') {
        let Some((inside, rest)) = braced(inner) else {
            result.pieces.push(Piece::Invalid);
            return "";
        };
        match depth.checked_sub(1).and_then(|depth| expression(inside, lookup, depth)) {
            Some(value) => result.append(value),
            None => result.pieces.push(Piece::Invalid),
        }
        return rest;
    }
    let (name, rest) = after.split_at(name_length(after));
    match (name, lookup(name)) {
        // A `$` before anything else stands for itself.
        ("", _) => result.text("$"),
        (_, Some(value)) => result.append(value),
        (_, None) => result.pieces.push(missing(name, None)),
    }
    rest
}

/// Splits at the brace that closes what was opened before the text.
fn braced(text: &str) -> Option<(&str, &str)> {
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

/// What stands in braces: a name, with an operator and its text or without.
fn expression(inside: &str, lookup: Lookup<'_>, depth: u8) -> Option<Interpolated> {
    let (name, rest) = inside.split_at(name_length(inside));
    let (empty_counts_as_unset, operation) = match rest.strip_prefix(':') {
        Some(operation) => (true, operation),
        None => (false, rest),
    };
    let mut letters = operation.chars();
    let operator = letters.next();
    let operand = || bounded(letters.as_str(), lookup, depth);
    let value = lookup(name);
    let set = value.clone().filter(|value| !(empty_counts_as_unset && value.is_empty()));
    Some(match (operator, set) {
        _ if name.is_empty() => return None,
        (None, _) if !empty_counts_as_unset => match value {
            Some(value) => value,
            None => Interpolated { pieces: vec![missing(name, None)] },
        },
        (Some('-' | '?'), Some(value)) => value,
        (Some('-'), None) | (Some('+'), Some(_)) => operand(),
        (Some('+'), None) => Interpolated::default(),
        (Some('?'), None) => {
            let message = operand().as_compose().unwrap_or_default();
            Interpolated { pieces: vec![missing(name, Some(message))] }
        }
        _ => return None,
    })
}

fn missing(variable: &str, required: Option<String>) -> Piece {
    Piece::Missing(Missing { variable: variable.to_owned(), required })
}

/// Length of the variable's name that the text begins with.
fn name_length(text: &str) -> usize {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = text.bytes().next().is_some_and(|byte| word(byte) && !byte.is_ascii_digit());
    if begins { text.bytes().take_while(|byte| word(*byte)).count() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Interpolated {
        let set = |name: &str| match name {
            "SET" => Some(Interpolated::from("set".to_owned())),
            "EMPTY" => Some(Interpolated::default()),
            "MAYBE" => Some(Interpolated::unsure("MAYBE")),
            _ => None,
        };
        interpolate(text, &set)
    }

    #[test]
    fn the_parts_around_what_is_missing_are_known() {
        let pieces = of("a:${SET}-${UNSET}-b").pieces;
        assert_eq!(pieces[0], Piece::Text("a:set-".to_owned()));
        assert_eq!(pieces[1], missing("UNSET", None));
        assert_eq!(pieces[2], Piece::Text("-b".to_owned()));
    }

    #[test]
    fn a_demanded_variable_is_told_with_its_message() {
        let message = "say set".to_owned();
        let refusal = Refusal::Required { variable: "UNSET".to_owned(), message };
        assert_eq!(of("${UNSET:?say ${SET}}").as_compose(), Err(refusal));
        assert_eq!(of("${EMPTY?}").as_compose(), Ok(String::new()));
    }

    #[test]
    fn a_variable_that_may_be_set_is_not_replaced_by_a_default() {
        for text in ["${MAYBE:-x}", "${MAYBE-x}", "$MAYBE", "${UNSET:-$MAYBE}"] {
            assert_eq!(of(text).known(), None, "{text}");
            assert_eq!(of(text).first_missing(), Some("MAYBE"), "{text}");
        }
    }

    #[test]
    fn bottomless_nesting_is_refused() {
        let deep = "${A:-".repeat(10_000) + &"}".repeat(10_000);
        assert_eq!(of(&deep).as_compose(), Err(Refusal::Invalid));
    }

    proptest! {
        #[test]
        fn what_has_no_variable_stays_itself(text in "[^$]{0,60}") {
            prop_assert_eq!(of(&text).known().unwrap(), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[$${}a-zA-Z:?+é-]{0,60}") {
            let _ = of(&text).as_compose();
        }

        #[test]
        fn doubled_dollars_are_single_ones(text in "(?s).{0,40}") {
            prop_assert_eq!(of(&text.replace('$', "$$")).known().unwrap(), text);
        }
    }
}
