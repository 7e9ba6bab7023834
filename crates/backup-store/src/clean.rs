use std::path::Path;

use backup_retention::BackupId;
use journal::{Lock, LockError, LockState};

use crate::{
    StoreError, files,
    layout::{self, DatabaseFolder},
};

/// The names in the folder of a database. A name that is no text is replaced by one that
/// is no identifier either.
pub(crate) fn names(folder: &DatabaseFolder) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::of_io("list", &folder.path, source);
    let entries = std::fs::read_dir(&folder.path).map_err(failed)?;
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        Ok(entry.map_err(failed)?.file_name().to_string_lossy().into_owned())
    };
    entries.map(name).collect()
}

/// Removes what interrupted runs left, and gives its names. The caller has locked the
/// database: nothing is removed or started meanwhile.
pub(crate) fn remove_leftovers(folder: &DatabaseFolder) -> Result<Vec<String>, StoreError> {
    let mut removed = Vec::new();
    for name in names(folder)? {
        let path = folder.path.join(&name);
        if is_leftover(&name, &path)? {
            files::require_folder(&path)?;
            files::remove_folder(&path)?;
            removed.push(name);
        }
    }
    Ok(removed)
}

/// Only what a store itself made has such a name.
fn is_leftover(name: &str, path: &Path) -> Result<bool, StoreError> {
    if name.strip_suffix(layout::REMOVED).is_some_and(is_backup_id) {
        return Ok(true);
    }
    let is_partial = name.strip_suffix(layout::PARTIAL).is_some_and(is_backup_id);
    Ok(is_partial && !is_being_written(path)?)
}

/// Whether a name is the identifier of a backup.
pub(crate) fn is_backup_id(name: &str) -> bool {
    name.parse::<BackupId>().is_ok()
}

/// Whether the run that writes into `partial` lives.
pub(crate) fn is_being_written(partial: &Path) -> Result<bool, StoreError> {
    match Lock::state(&layout::writer_lock(partial)) {
        Ok(state) => Ok(state != LockState::Free),
        Err(LockError::Io { path, source }) => Err(StoreError::of_io("read lock", path, source)),
        // Not an outcome of a look at a lock; whoever holds it lives.
        Err(_) => Ok(true),
    }
}
