use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest name of a database in a store, in bytes.
const LONGEST: usize = 100;

/// A name under which a store keeps backups of a database. It is the name of a folder and
/// part of a key on remote storage: letters, digits, `_`, `-` and `.`, beginning with a
/// letter, a digit or `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseName(String);

impl DatabaseName {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text names no database of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseNameError {
    /// There is no text.
    #[error("a database needs a name under which its backups are kept")]
    Empty,
    /// It is too long for a folder with what is put behind it.
    #[error("the name of a database has {0} bytes; shorten it to {LONGEST} at most")]
    TooLong(usize),
    /// It has a character that a folder or key should not have.
    #[error(
        "`{}` cannot name a database in a store: use letters, digits, `_`, `-` and `.`, and begin \
         with a letter, a digit or `_`",
        .0.escape_default()
    )]
    Character(String),
}

impl FromStr for DatabaseName {
    type Err = DatabaseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.bytes().next().ok_or(DatabaseNameError::Empty)?;
        if text.len() > LONGEST {
            return Err(DatabaseNameError::TooLong(text.len()));
        }
        let is_named = text.bytes().all(|byte| is_plain(byte) || byte == b'-' || byte == b'.');
        if !is_plain(first) || !is_named {
            return Err(DatabaseNameError::Character(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether a name may begin with it.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Serialize for DatabaseName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_an_empty_name_and_a_very_long_one_are_refused() {
        let long = "x".repeat(101);
        for text in ["", ".", "..", "../x", "/", "a/b", "-x", ".lock", "a b", "ä", "a\0", &long] {
            assert!(text.parse::<DatabaseName>().is_err(), "{text}");
        }
        for text in ["app", "App_2.users-eu", "_x", "2026"] {
            assert_eq!(text.parse::<DatabaseName>().unwrap().as_str(), text);
        }
    }
}
