use std::{fmt, str::FromStr};

use crate::error::DatabaseError;

/// Distinguishes one restore from others in the names of its databases: 1 to 16 of `a-z` and
/// `0-9`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RestoreId(String);

impl RestoreId {
    /// Eight characters at random.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:08x}", fastrand::u32(..)))
    }

    /// Whether [`RestoreId::random`] may have made it.
    pub(crate) fn is_random(&self) -> bool {
        self.0.len() == 8 && self.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

impl FromStr for RestoreId {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        let is_valid = (1..=16).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(DatabaseError::InvalidId { id: text.to_owned() })
        }
    }
}

impl fmt::Display for RestoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_and_digits_identify_a_restore() {
        assert!(RestoreId::random().to_string().parse::<RestoreId>().is_ok());
        for wrong in ["", "A", "a_b", "a\"b", "12345678901234567"] {
            assert!(wrong.parse::<RestoreId>().is_err(), "{wrong}");
        }
    }
}
