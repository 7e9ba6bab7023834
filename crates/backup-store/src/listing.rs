use std::{io::ErrorKind, path::Path};

use backup_retention::BackupId;

use crate::{
    Backup, Entry, Manifest, StoreError, clean, files,
    layout::{self, DatabaseFolder},
    unusable::{IncompleteReason, UnreadableReason},
};

/// Longest manifest, in bytes; facts about ten thousands of tables fit.
const LONGEST_MANIFEST: u64 = 16 << 20;

/// Everything in the folder of a database, the newest first. None has no folder.
pub(crate) fn list(folder: &DatabaseFolder) -> Result<Vec<Entry>, StoreError> {
    let store = folder.path.parent().unwrap_or(Path::new("/"));
    files::require_folder(store)?;
    if !exists(&folder.path)? {
        return Ok(Vec::new());
    }
    files::require_folder(&folder.path)?;
    let names = clean::names(folder)?;
    let mut entries: Vec<Entry> =
        names.into_iter().filter_map(|name| entry_of(folder, name)).collect();
    entries.sort_by(Entry::newest_first);
    Ok(entries)
}

/// A backup that must be usable.
pub(crate) fn find(folder: &DatabaseFolder, id: BackupId) -> Result<Backup, StoreError> {
    let (database, name) = (folder.database.clone(), id.to_string());
    files::require_folder(folder.path.parent().unwrap_or(Path::new("/")))?;
    if !exists(&folder.path)? {
        return Err(StoreError::NotFound { database, id });
    }
    files::require_folder(&folder.path)?;
    match inspect(folder, id) {
        Ok(Some(backup)) => Ok(backup),
        Ok(None) => Err(StoreError::NotFound { database, id }),
        Err(Problem::Incomplete(reason)) => Err(StoreError::Incomplete { database, name, reason }),
        Err(Problem::Unreadable(reason)) => Err(StoreError::Unreadable { database, name, reason }),
    }
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::of_io("read", path, error)),
    }
}

/// `None` for the store's own lock, and for what has just been removed.
fn entry_of(folder: &DatabaseFolder, name: String) -> Option<Entry> {
    if name == layout::DATABASE_LOCK {
        return None;
    }
    if let Ok(id) = name.parse() {
        return match inspect(folder, id) {
            Ok(backup) => backup.map(|backup| Entry::Backup(Box::new(backup))),
            Err(problem) => Some(problem.into_entry(name, Some(id))),
        };
    }
    Some(unfinished(folder, &name).into_entry(name, None))
}

/// What a name stands for that is no identifier.
fn unfinished(folder: &DatabaseFolder, name: &str) -> Problem {
    if name.strip_suffix(layout::REMOVED).is_some_and(clean::is_backup_id) {
        return Problem::Incomplete(IncompleteReason::Interrupted);
    }
    if !name.strip_suffix(layout::PARTIAL).is_some_and(clean::is_backup_id) {
        return Problem::Unreadable(UnreadableReason::Name);
    }
    match clean::is_being_written(&folder.path.join(name)) {
        Ok(true) => Problem::Incomplete(IncompleteReason::BeingWritten),
        Ok(false) => Problem::Incomplete(IncompleteReason::Interrupted),
        Err(error) => Problem::Unreadable(UnreadableReason::Io(error.to_string())),
    }
}

/// Why something in the place of a backup is none.
enum Problem {
    Incomplete(IncompleteReason),
    Unreadable(UnreadableReason),
}

impl Problem {
    fn into_entry(self, name: String, id: Option<BackupId>) -> Entry {
        match self {
            Self::Incomplete(reason) => Entry::Incomplete { name, id, reason },
            Self::Unreadable(reason) => Entry::Unreadable { name, id, reason },
        }
    }
}

impl From<UnreadableReason> for Problem {
    fn from(reason: UnreadableReason) -> Self {
        Self::Unreadable(reason)
    }
}

/// Reads what is recorded of a backup and compares the size of its content. `None` when
/// nothing is in its place.
fn inspect(folder: &DatabaseFolder, id: BackupId) -> Result<Option<Backup>, Problem> {
    let path = folder.backup(id);
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(UnreadableReason::Io(error.to_string()).into()),
        Ok(found) if found.is_symlink() => {
            return Err(UnreadableReason::Symlink(id.to_string()).into());
        }
        Ok(found) if !found.is_dir() => {
            return Err(UnreadableReason::NotAFile(id.to_string()).into());
        }
        Ok(_) => {}
    }
    match read_manifest(folder, id)
        .and_then(|manifest| check_content(&path, &manifest).map(|()| manifest))
    {
        // Removed meanwhile as a whole, and not in part.
        Err(Problem::Incomplete(_)) if path.symlink_metadata().is_err() => Ok(None),
        Err(problem) => Err(problem),
        Ok(manifest) => Ok(Some(Backup { manifest })),
    }
}

fn read_manifest(folder: &DatabaseFolder, id: BackupId) -> Result<Manifest, Problem> {
    let path = folder.backup(id).join(layout::MANIFEST);
    regular_file(&path, layout::MANIFEST)?
        .ok_or(Problem::Incomplete(IncompleteReason::NoManifest))?;
    let text = files::read_small(&path, LONGEST_MANIFEST);
    let text = text.map_err(|error| UnreadableReason::Io(error.to_string()))?;
    Ok(Manifest::read(&text, &folder.database, id)?)
}

fn check_content(path: &Path, manifest: &Manifest) -> Result<(), Problem> {
    let name = layout::content_name(manifest.encryption.is_some());
    let found = regular_file(&path.join(name), name)?;
    let found = found.ok_or(Problem::Incomplete(IncompleteReason::NoContent))?;
    let expected = manifest.stored.bytes;
    if found != expected {
        return Err(Problem::Incomplete(IncompleteReason::Size { expected, found }));
    }
    Ok(())
}

/// The size of a regular file, if there is one.
fn regular_file(path: &Path, name: &str) -> Result<Option<u64>, UnreadableReason> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(UnreadableReason::Io(error.to_string())),
        Ok(found) if found.is_symlink() => Err(UnreadableReason::Symlink(name.to_owned())),
        Ok(found) if !found.is_file() => Err(UnreadableReason::NotAFile(name.to_owned())),
        Ok(found) => Ok(Some(found.len())),
    }
}
