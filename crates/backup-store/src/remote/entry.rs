use std::collections::{BTreeMap, BTreeSet};

use backup_retention::BackupId;

use crate::{Entry, Manifest};

/// What is found under a name of a database on remote storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteEntry {
    /// A copy: its manifest can be read, and its content has the right size.
    Backup(Box<Manifest>),
    /// A part is missing: an upload or a removal was interrupted.
    Incomplete {
        /// The backup.
        id: BackupId,
        /// What is missing.
        reason: String,
    },
    /// It cannot be read, or is something else.
    Unreadable {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl RemoteEntry {
    /// The identifier of a copy that is complete.
    #[must_use]
    pub fn backup(&self) -> Option<&Manifest> {
        match self {
            Self::Backup(manifest) => Some(manifest),
            Self::Incomplete { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// Where a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the store.
    Local,
    /// On remote storage.
    Remote,
    /// In both places, with the same bytes.
    Both,
}

/// Where each usable backup of a database is, the newest first. Two that have one
/// identifier and different bytes are not one backup: the one in the store counts.
#[must_use]
pub fn locations(local: &[Entry], remote: &[RemoteEntry]) -> Vec<(BackupId, Location)> {
    let by_id = |manifest: &Manifest| (manifest.id, manifest.stored);
    let local: BTreeMap<BackupId, _> =
        local.iter().filter_map(Entry::backup).map(|backup| by_id(&backup.manifest)).collect();
    let remote: BTreeMap<BackupId, _> =
        remote.iter().filter_map(RemoteEntry::backup).map(by_id).collect();
    let ids: BTreeSet<&BackupId> = local.keys().chain(remote.keys()).collect();
    let location = |id: &BackupId| match (local.get(id), remote.get(id)) {
        (None, _) => Location::Remote,
        (Some(one), Some(other)) if one == other => Location::Both,
        (Some(_), _) => Location::Local,
    };
    ids.into_iter().rev().map(|id| (*id, location(id))).collect()
}
