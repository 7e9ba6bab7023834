//! Reads optional keys of JSON answers: a key that is not needed never makes an answer
//! unreadable. For `#[serde(default, deserialize_with = "…")]`.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// A number, or a text of digits; `None` for anything else. PyPI gives its serial as a
/// number in one document and as text in another.
///
/// # Errors
/// When the answer is not JSON.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A value of the expected shape; `None` for anything else.
///
/// # Errors
/// When the answer is not JSON.
pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "number")]
        serial: Option<u64>,
        #[serde(default, deserialize_with = "optional")]
        name: Option<String>,
    }

    #[test]
    fn keys_of_another_shape_are_left_out_and_the_answer_is_read() {
        for (text, serial, name) in [
            (r#"{"serial":7,"name":"a"}"#, Some(7), Some("a")),
            (r#"{"serial":"31415"}"#, Some(31415), None),
            (r#"{"serial":null,"name":null}"#, None, None),
            (r#"{"serial":{"a":1},"name":[1]}"#, None, None),
            (r#"{"serial":-1,"name":7}"#, None, None),
            ("{}", None, None),
        ] {
            let answer: Answer = serde_json::from_str(text).unwrap();
            assert_eq!((answer.serial, answer.name.as_deref()), (serial, name), "{text}");
        }
    }
}
