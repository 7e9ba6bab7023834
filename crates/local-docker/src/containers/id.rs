use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The identifier that the engine gave to a container: 64 hexadecimal digits,
/// or the first twelve or more of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(String);

/// A text that no engine gives to a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a container ID; expected 12 to 64 hexadecimal digits")]
pub struct NotAContainerId(String);

/// Digits that `docker ps` prints.
const SHORT: usize = 12;

impl ContainerId {
    /// The identifier as the engine writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The twelve digits that `docker ps` prints.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..SHORT]
    }
}

impl FromStr for ContainerId {
    type Err = NotAContainerId;

    fn from_str(text: &str) -> Result<Self, NotAContainerId> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let valid = digits && (SHORT..=64).contains(&text.len());
        valid.then(|| Self(text.to_owned())).ok_or_else(|| NotAContainerId(text.to_owned()))
    }
}

impl TryFrom<String> for ContainerId {
    type Error = NotAContainerId;

    fn try_from(text: String) -> Result<Self, NotAContainerId> {
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
    fn a_name_or_a_path_is_no_identifier() {
        let whole = "0123456789abcdef".repeat(4);
        assert_eq!(whole.parse::<ContainerId>().unwrap().short(), "0123456789ab");
        for text in ["", "web-1", "0123456789a", "../0123456789ab", &format!("{whole}0")] {
            assert!(text.parse::<ContainerId>().is_err(), "{text}");
        }
    }
}
