use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ParseError, string_conversions};

/// A tag of an image repository: `0.9.1`, `cron-0.9.1`, `latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageTag(String);

impl ImageTag {
    /// The text of the tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageTag {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let valid = (1..=128).contains(&text.len())
            && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
            && text.bytes().next().is_some_and(word);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| ParseError::Tag(text.to_owned()))
    }
}

impl fmt::Display for ImageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

string_conversions!(ImageTag);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_versions_are_not_tags() {
        assert!("1.0.0+b5".parse::<ImageTag>().is_err());
        assert!(".hidden".parse::<ImageTag>().is_err());
        assert!("a".repeat(129).parse::<ImageTag>().is_err());
        assert!("cron-0.9.1".parse::<ImageTag>().is_ok());
    }
}
