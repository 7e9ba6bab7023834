use serde::{Deserialize, Serialize};

use crate::BackupKind;

/// How many verified backups of each kind stay for each database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RetentionCounts {
    /// Of kind `12h`.
    #[serde(rename = "12h")]
    pub twelve_hours: usize,
    /// Of kind `hourly`.
    pub hourly: usize,
    /// Of kind `daily`.
    pub daily: usize,
    /// Of kind `weekly`.
    pub weekly: usize,
    /// Of kind `pre-deployment`.
    pub pre_deployment: usize,
    /// Of kind `success`.
    pub success: usize,
}

impl Default for RetentionCounts {
    fn default() -> Self {
        Self {
            twelve_hours: BackupKind::TwelveHours.default_count(),
            hourly: BackupKind::Hourly.default_count(),
            daily: BackupKind::Daily.default_count(),
            weekly: BackupKind::Weekly.default_count(),
            pre_deployment: BackupKind::PreDeployment.default_count(),
            success: BackupKind::Success.default_count(),
        }
    }
}

impl RetentionCounts {
    /// How many of a kind stay.
    #[must_use]
    pub fn of(&self, kind: BackupKind) -> usize {
        match kind {
            BackupKind::TwelveHours => self.twelve_hours,
            BackupKind::Hourly => self.hourly,
            BackupKind::Daily => self.daily,
            BackupKind::Weekly => self.weekly,
            BackupKind::PreDeployment => self.pre_deployment,
            BackupKind::Success => self.success,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_configured_has_its_default() {
        let counts: RetentionCounts = serde_json::from_str(r#"{"12h": 2, "success": 9}"#).unwrap();
        assert_eq!(BackupKind::ALL.map(|kind| counts.of(kind)), [2, 24, 7, 4, 3, 9]);
        assert!(serde_json::from_str::<RetentionCounts>(r#"{"yearly": 2}"#).is_err());
    }
}
