use serde::{Deserialize, Serialize};

use crate::BackupId;

/// What a plan needs of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The database that it is a copy of.
    pub database: String,
    /// Its identifier; within a database each occurs once.
    pub id: BackupId,
    /// Whether it was read or restored, and nothing contradicts that since.
    pub verified: bool,
    /// Whether somebody needs it; who restores it pins it as long as that takes.
    pub pinned: bool,
    /// Whether all of it is in place.
    pub state: BackupState,
}

/// Whether a backup can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupState {
    /// Data and manifest are in place.
    Complete,
    /// A part is missing.
    Incomplete,
    /// What is in its place cannot be read.
    Unreadable,
}
