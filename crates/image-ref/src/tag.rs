use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ParseError, string_conversions};

/// The beginning of the tags that keep what ran before a deployment:
/// `rollback-backup-YYYYMMDD-HHMMSS`, with more after a hyphen where that is needed to
/// tell several apart.
pub const ROLLBACK_BACKUP: &str = "rollback-backup-";

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

    /// Whether it keeps what ran before a deployment; see [`ROLLBACK_BACKUP`].
    #[must_use]
    pub fn is_rollback_backup(&self) -> bool {
        let rest = self.0.strip_prefix(ROLLBACK_BACKUP).unwrap_or_default().as_bytes();
        let (time, more) = rest.split_at(rest.len().min("YYYYMMDD-HHMMSS".len()));
        let is_time = time.len() == 15
            && time.iter().enumerate().all(|(index, byte)| match index {
                8 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        is_time && (more.is_empty() || more.len() > 1 && more[0] == b'-')
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

    #[test]
    fn a_rollback_backup_has_the_time_and_what_tells_several_apart() {
        let is_backup = |text: &str| text.parse::<ImageTag>().unwrap().is_rollback_backup();
        for more in ["", "-2", "-api", "-2-worker.v2"] {
            assert!(is_backup(&format!("rollback-backup-20250911-153000{more}")), "{more}");
        }
        for time in ["2025091-1530000", "20250911-1530", "20250911-1530001", "20250911-153000-"] {
            assert!(!is_backup(&format!("rollback-backup-{time}")), "{time}");
        }
        assert!(!is_backup("rollback-backup") && !is_backup("my-rollback-backup-1"));
    }
}
