use std::path::{Path, PathBuf};

use backup_retention::BackupId;

use crate::DatabaseName;

/// What is recorded of a backup, in its folder.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Ends the name of what is not complete yet.
pub(crate) const PARTIAL: &str = ".partial";
/// Ends the name of what is being removed.
pub(crate) const REMOVED: &str = ".removed";
/// The lock of a database, in its folder.
pub(crate) const DATABASE_LOCK: &str = ".lock";
/// The lock of a run that writes a backup, in the backup's folder until it is complete.
const WRITER_LOCK: &str = ".writing";

/// The name of the content in the folder of a backup, and in its key.
pub(crate) fn content_name(is_encrypted: bool) -> &'static str {
    if is_encrypted { "content.zst.age" } else { "content.zst" }
}

/// The folder of a database's backups. The layout is a contract; see the README.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFolder {
    pub(crate) path: PathBuf,
    pub(crate) database: DatabaseName,
}

impl DatabaseFolder {
    pub(crate) fn new(store: &Path, database: &DatabaseName) -> Self {
        Self { path: store.join(database.as_str()), database: database.clone() }
    }

    /// Where a complete backup is.
    pub(crate) fn backup(&self, id: BackupId) -> PathBuf {
        self.path.join(id.to_string())
    }

    /// Where a backup is as long as it is written.
    pub(crate) fn partial(&self, id: BackupId) -> PathBuf {
        self.path.join(format!("{id}{PARTIAL}"))
    }

    /// Where a backup is as long as it is removed.
    pub(crate) fn removed(&self, id: BackupId) -> PathBuf {
        self.path.join(format!("{id}{REMOVED}"))
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.path.join(DATABASE_LOCK)
    }
}

/// The lock that a run holds while it writes into `partial`.
pub(crate) fn writer_lock(partial: &Path) -> PathBuf {
    partial.join(WRITER_LOCK)
}
