use serde::Serialize;

use crate::{BackupId, KeepReason, RemovalReason};

/// What happens to each backup. A backup is one thing: its data and its manifest stay
/// together or go together, because a decision names nothing smaller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RetentionPlan {
    /// One decision for each backup: by database, and the newest first.
    pub decisions: Vec<Decision>,
}

impl RetentionPlan {
    /// The decisions about backups that go, of each database the oldest first.
    pub fn removals(&self) -> impl Iterator<Item = &Decision> {
        let oldest_first = self.decisions.chunk_by(|a, b| a.database == b.database);
        oldest_first.flat_map(|decisions| decisions.iter().rev()).filter(|decision| decision.goes())
    }

    /// Whether everything stays.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.decisions.iter().any(Decision::goes)
    }
}

/// What happens to one backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Its database.
    pub database: String,
    /// The backup.
    pub id: BackupId,
    /// Whether it stays, and why.
    pub verdict: RetentionVerdict,
}

impl Decision {
    /// Whether the backup goes.
    #[must_use]
    pub fn goes(&self) -> bool {
        matches!(self.verdict, RetentionVerdict::Goes(_))
    }
}

/// Whether a backup stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionVerdict {
    /// For every one of these reasons; never empty.
    Stays(Vec<KeepReason>),
    /// For this reason.
    Goes(RemovalReason),
}
