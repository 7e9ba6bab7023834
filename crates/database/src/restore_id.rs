use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::error::DatabaseError;

/// Distinguishes one restore from others in the names of its databases: 1 to 16 of `a-z` and
/// `0-9`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RestoreId(String);

impl RestoreId {
    /// The present second, so that the age of what is kept is known: of one database there is one
    /// restore at a time.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::at(since.as_secs())
    }

    /// That of a restore that is made again until it is complete, by a second that it can be found
    /// with: in seconds since 1970.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self(format!("{seconds:08x}"))
    }

    /// Eight characters at random, where several begin in one second.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:08x}", fastrand::u32(..)))
    }

    /// When it was made by [`RestoreId::now`], in seconds since 1970; `None` for another form.
    #[must_use]
    pub fn seconds(&self) -> Option<u64> {
        self.is_generated().then(|| u64::from_str_radix(&self.0, 16).ok()).flatten()
    }

    /// Whether it has the form of those that are made here.
    pub(crate) fn is_generated(&self) -> bool {
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
        let now: RestoreId = RestoreId::now().to_string().parse().unwrap();
        assert!(now.seconds().is_some_and(|seconds| seconds > 1_700_000_000));
        assert_eq!("other".parse::<RestoreId>().unwrap().seconds(), None);
        for wrong in ["", "A", "a_b", "a\"b", "12345678901234567"] {
            assert!(wrong.parse::<RestoreId>().is_err(), "{wrong}");
        }
    }
}
