use backup_retention::BackupId;
use journal::Holder;
use rustix::fs::{FlockOperation, flock};

use crate::{
    Backup, Entry, StoreError,
    commit::lock_database,
    files,
    layout::{self, DatabaseFolder},
    listing,
    unusable::IncompleteReason,
};

/// Removes a usable backup that nobody needs: one rename takes data and manifest out of
/// the list together, and what is left after a kill is cleaned by the next run.
pub(crate) fn remove(
    folder: &DatabaseFolder,
    id: BackupId,
    holder: &Holder,
) -> Result<(), StoreError> {
    listing::find(folder, id)?;
    let _lock = lock_database(folder, holder)?;
    let backup = listing::find(folder, id)?;
    refuse_pinned(&backup)?;
    let _no_reader = refuse_readers(folder, &backup)?;
    let removed = folder.removed(id);
    files::rename_folder(&folder.backup(id), &removed)?;
    files::sync_folder(&folder.path)?;
    files::remove_folder(&removed)
}

fn refuse_pinned(backup: &Backup) -> Result<(), StoreError> {
    let Some(pin) = backup.manifest.pins.first() else { return Ok(()) };
    Err(StoreError::Pinned {
        database: backup.manifest.database.clone(),
        id: backup.id(),
        holder: pin.holder.clone(),
        reason: pin.reason.clone(),
    })
}

/// Readers hold a shared lock of the content.
fn refuse_readers(folder: &DatabaseFolder, backup: &Backup) -> Result<std::fs::File, StoreError> {
    let name = layout::content_name(backup.manifest.encryption.is_some());
    let path = folder.backup(backup.id()).join(name);
    let content = files::open_regular(&path);
    let content = content.map_err(|error| StoreError::of_io("open", &path, error))?;
    match flock(&content, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(content),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            Err(StoreError::InUse { database: folder.database.clone(), id: backup.id() })
        }
        Err(error) => Err(StoreError::of_io("lock", &path, error.into())),
    }
}

/// Removes what is incomplete or unreadable under this name; whether there was such a thing.
pub(crate) fn discard(
    folder: &DatabaseFolder,
    name: &str,
    holder: &Holder,
) -> Result<bool, StoreError> {
    let _lock = lock_database(folder, holder)?;
    let entries = listing::list(folder)?;
    let is_unusable = entries.iter().any(|entry| match entry {
        Entry::Backup(_) => false,
        Entry::Incomplete { reason: IncompleteReason::BeingWritten, .. } => false,
        Entry::Incomplete { name: other, .. } | Entry::Unreadable { name: other, .. } => {
            other == name
        }
    });
    if !is_unusable {
        return Ok(false);
    }
    let path = folder.path.join(name);
    // The name was listed, so it has no path; a link is removed and not followed.
    if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        files::remove_folder(&path)?;
    } else {
        std::fs::remove_file(&path).map_err(|error| StoreError::of_io("remove", &path, error))?;
    }
    files::sync_folder(&folder.path)?;
    Ok(true)
}
