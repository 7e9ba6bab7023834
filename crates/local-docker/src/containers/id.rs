use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The identifier of a container: 64 hexadecimal digits, or the first twelve or
/// more of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(String);

/// A text that is not a container ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a container ID; expected 12 to 64 hexadecimal digits")]
pub struct InvalidContainerId(String);

/// Digits that `docker ps` prints.
const SHORT_LENGTH: usize = 12;

impl ContainerId {
    /// The identifier as the engine writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The twelve digits that `docker ps` prints.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..SHORT_LENGTH]
    }
}

impl FromStr for ContainerId {
    type Err = InvalidContainerId;

    fn from_str(text: &str) -> Result<Self, InvalidContainerId> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let valid = digits && (SHORT_LENGTH..=64).contains(&text.len());
        valid.then(|| Self(text.to_owned())).ok_or_else(|| InvalidContainerId(text.to_owned()))
    }
}

impl TryFrom<String> for ContainerId {
    type Error = InvalidContainerId;

    fn try_from(text: String) -> Result<Self, InvalidContainerId> {
        text.parse()
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.0
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_not_identifiers() {
        let whole = "0123456789abcdef".repeat(4);
        assert_eq!(whole.parse::<ContainerId>().unwrap().short(), "0123456789ab");
        for text in ["", "web-1", "0123456789a", "../0123456789ab", &format!("{whole}0")] {
            assert!(text.parse::<ContainerId>().is_err(), "{text}");
        }
    }
}
