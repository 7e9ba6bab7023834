use std::cmp::Ordering;

use backup_retention::{BackupId, BackupState};

use crate::{
    DatabaseName, Manifest,
    unusable::{IncompleteReason, UnreadableReason},
};

/// A usable backup in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// What is recorded of it.
    pub manifest: Manifest,
}

impl Backup {
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> BackupId {
        self.manifest.id
    }
}

/// What is found under a name in the folder of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A backup: manifest and content are in place, and the sizes agree.
    Backup(Box<Backup>),
    /// A part is missing.
    Incomplete {
        /// The name.
        name: String,
        /// The identifier in it.
        id: Option<BackupId>,
        /// What is missing.
        reason: IncompleteReason,
    },
    /// What is in its place cannot be read, or is something else.
    Unreadable {
        /// The name.
        name: String,
        /// The identifier in it.
        id: Option<BackupId>,
        /// Why it cannot be read.
        reason: UnreadableReason,
    },
}

impl Entry {
    /// Its identifier, if its name has one.
    #[must_use]
    pub fn id(&self) -> Option<BackupId> {
        match self {
            Self::Backup(backup) => Some(backup.id()),
            Self::Incomplete { id, .. } | Self::Unreadable { id, .. } => *id,
        }
    }

    /// The backup, if it is one.
    #[must_use]
    pub fn backup(&self) -> Option<&Backup> {
        match self {
            Self::Backup(backup) => Some(backup),
            Self::Incomplete { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// What retention needs of it; `None` where the name has no identifier, which
    /// retention never decides about.
    #[must_use]
    pub fn for_retention(&self, database: &DatabaseName) -> Option<backup_retention::Backup> {
        let (verified, pinned, state) = match self {
            Self::Backup(backup) => {
                let manifest = &backup.manifest;
                (manifest.is_verified(), !manifest.pins.is_empty(), BackupState::Complete)
            }
            Self::Incomplete { .. } => (false, false, BackupState::Incomplete),
            Self::Unreadable { .. } => (false, false, BackupState::Unreadable),
        };
        let database = database.to_string();
        Some(backup_retention::Backup { database, id: self.id()?, verified, pinned, state })
    }

    fn name(&self) -> String {
        match self {
            Self::Backup(backup) => backup.id().to_string(),
            Self::Incomplete { name, .. } | Self::Unreadable { name, .. } => name.clone(),
        }
    }

    /// The newest first; names without a time last.
    pub(crate) fn newest_first(&self, other: &Self) -> Ordering {
        other.id().cmp(&self.id()).then_with(|| self.name().cmp(&other.name()))
    }
}
