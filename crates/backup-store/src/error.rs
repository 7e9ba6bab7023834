use std::{io, path::PathBuf};

use backup_retention::BackupId;

use crate::{
    Damage, DatabaseName, DatabaseNameError, IncompleteReason, KeyError, UnreadableReason,
    remote::RemoteError,
};

/// Why a store did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A name that cannot name a database in a store.
    #[error(transparent)]
    DatabaseName(#[from] DatabaseNameError),
    /// No space is left.
    #[error(
        "cannot {action} {}: the disk is full or the quota is used up; free space and run it again",
        .path.display()
    )]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The user may not.
    #[error("cannot {action} {}: check owner, permissions and mount", .path.display())]
    Denied {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The operating system refused for another reason.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A symbolic link in the place of a file or folder of the store.
    #[error(
        "{} is a symbolic link, which a store does not follow; find out who put it in this place, and remove it",
        .path.display()
    )]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// Something else in the place of a folder or file of the store.
    #[error("{} is not {expected}; move it away", .path.display())]
    WrongFileType {
        /// What is in the place.
        path: PathBuf,
        /// What should be.
        expected: &'static str,
    },
    /// Another run changes the same database's backups, and does not end.
    #[error("cannot lock the backups of {database}")]
    Busy {
        /// The database.
        database: DatabaseName,
        /// Who does.
        #[source]
        source: journal::LockError,
    },
    /// The stream ended without a byte: no backup.
    #[error(
        "the dump of {database} has no bytes, so it is no backup and was not kept; look at the \
         output of the program that made it"
    )]
    Empty {
        /// The database.
        database: DatabaseName,
    },
    /// A stream that a backup is written from broke off.
    #[error("the dump of {database} broke off, and was not kept")]
    Source {
        /// The database.
        database: DatabaseName,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// No further identifier is free around this time.
    #[error("no identifier is free for a backup of {database}; check the clock")]
    NoFreeId {
        /// The database.
        database: DatabaseName,
    },
    /// There is no such backup.
    #[error("{database} has no backup {id}")]
    NotFound {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
    },
    /// There is one, and it is not to be overwritten.
    #[error("{database} has a backup {id} already; remove it first if it is not good")]
    Exists {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
    },
    /// A part of the backup is missing.
    #[error("backup {name} of {database} is incomplete: {reason}; use another one")]
    Incomplete {
        /// The database.
        database: DatabaseName,
        /// The backup.
        name: String,
        /// What is missing.
        reason: IncompleteReason,
    },
    /// What is recorded of the backup cannot be read.
    #[error("backup {name} of {database} is unreadable: {reason}; use another one")]
    Unreadable {
        /// The database.
        database: DatabaseName,
        /// The backup.
        name: String,
        /// Why.
        reason: UnreadableReason,
    },
    /// Its bytes are not those that were written.
    #[error("backup {id} of {database} is damaged: {damage}; use another one, or its remote copy")]
    Damaged {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// What differs.
        damage: Damage,
    },
    /// It is encrypted, and no key reads it.
    #[error("backup {id} of {database} cannot be decrypted")]
    Key {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// Somebody needs it.
    #[error("backup {id} of {database} is pinned by {holder} ({reason}); unpin it first")]
    Pinned {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// Who needs it.
        holder: String,
        /// What for.
        reason: String,
    },
    /// A program reads it at this moment.
    #[error("backup {id} of {database} is being read; wait until that has ended")]
    InUse {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
    },
    /// What was observed of a backup cannot be written as JSON.
    #[error("cannot write the manifest of backup {id} of {database}")]
    Unwritable {
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
    /// Remote storage did not do what it was asked for.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The program ends, or a defect ended a thread of it.
    #[error("work on {} was given up before its end", .path.display())]
    Interrupted {
        /// On what.
        path: PathBuf,
    },
}

impl StoreError {
    /// The error of an operating system's refusal, by what a caller can do about it.
    pub(crate) fn of_io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let path = path.into();
        match source.kind() {
            StorageFull | QuotaExceeded => Self::DiskFull { action, path, source },
            PermissionDenied | ReadOnlyFilesystem => Self::Denied { action, path, source },
            _ => Self::Io { action, path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_refusal_are_distinguished_from_other_failures() {
        let of = |code| StoreError::of_io("write", "/x", io::Error::from_raw_os_error(code));
        assert!(matches!(of(28), StoreError::DiskFull { .. }), "ENOSPC");
        assert!(matches!(of(122), StoreError::DiskFull { .. }), "EDQUOT");
        assert!(matches!(of(13), StoreError::Denied { .. }), "EACCES");
        assert!(matches!(of(30), StoreError::Denied { .. }), "EROFS");
        assert!(matches!(of(5), StoreError::Io { .. }), "EIO");
    }
}
