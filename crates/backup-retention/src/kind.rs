use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a backup was made; each kind has a number of backups that stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackupKind {
    /// Every twelve hours.
    #[serde(rename = "12h")]
    TwelveHours,
    /// Every hour.
    #[serde(rename = "hourly")]
    Hourly,
    /// Every day.
    #[serde(rename = "daily")]
    Daily,
    /// Every week.
    #[serde(rename = "weekly")]
    Weekly,
    /// Before a deployment changes the data.
    #[serde(rename = "pre-deployment")]
    PreDeployment,
    /// After a deployment that was good.
    #[serde(rename = "success")]
    Success,
}

impl BackupKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::TwelveHours,
        Self::Hourly,
        Self::Daily,
        Self::Weekly,
        Self::PreDeployment,
        Self::Success,
    ];

    /// Its text, as in identifiers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwelveHours => "12h",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::PreDeployment => "pre-deployment",
            Self::Success => "success",
        }
    }

    /// How many verified backups of this kind stay unless somebody decides otherwise.
    #[must_use]
    pub fn default_count(self) -> usize {
        match self {
            Self::TwelveHours => 28,
            Self::Hourly => 24,
            Self::Daily => 7,
            Self::Weekly => 4,
            Self::PreDeployment => 3,
            Self::Success => 5,
        }
    }
}

impl fmt::Display for BackupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no kind of backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of backup; use 12h, hourly, daily, weekly, pre-deployment or success")]
pub struct BackupKindError(String);

impl FromStr for BackupKind {
    type Err = BackupKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| BackupKindError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_every_kind_is_read_again_and_no_other_is() {
        for kind in BackupKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
        for text in ["", "Daily", "12H", "predeployment", "daily "] {
            assert!(text.parse::<BackupKind>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_default_counts_are_those_of_the_documentation() {
        let counts = BackupKind::ALL.map(BackupKind::default_count);
        assert_eq!(counts, [28, 24, 7, 4, 3, 5]);
    }
}
