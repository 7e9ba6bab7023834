use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use backup_retention::{BackupId, BackupKind};
use jiff::{SignedDuration, Timestamp};
use journal::{Holder, Lock, LockError};

use crate::{
    Manifest, StoreError, clean, files,
    layout::{self, DatabaseFolder},
};

/// Identifiers that are tried, a second apart.
const TRIES: i64 = 3600;

/// How often a lock is tried, and the wait in between: 30 s, where milliseconds are usual.
const LOCK_TRIES: u32 = 600;
const LOCK_WAIT: Duration = Duration::from_millis(50);

/// Keeps other runs from changing the backups of a database. It is held for moments; a
/// backup is written without it.
pub(crate) fn lock_database(folder: &DatabaseFolder, holder: &Holder) -> Result<Lock, StoreError> {
    lock(folder, &folder.lock_file(), holder)
}

fn lock(folder: &DatabaseFolder, path: &Path, holder: &Holder) -> Result<Lock, StoreError> {
    files::require_file_or_nothing(path)?;
    let mut tries = 0;
    loop {
        match Lock::acquire(path, holder) {
            Err(LockError::Held(_)) if tries < LOCK_TRIES => sleep(LOCK_WAIT),
            Err(LockError::Io { path, source }) => {
                return Err(StoreError::of_io("lock", path, source));
            }
            Err(source) => {
                return Err(StoreError::Busy { database: folder.database.clone(), source });
            }
            Ok(lock) => return Ok(lock),
        }
        tries += 1;
    }
}

/// The place of a backup that is being written. Dropped before it is committed, it leaves
/// nothing.
#[derive(Debug)]
pub(crate) struct Reservation {
    folder: DatabaseFolder,
    id: BackupId,
    holder: Holder,
    is_committed: bool,
    /// Shows others that this run lives.
    _writing: Lock,
}

impl Reservation {
    /// Makes a place for a backup of `kind` at `now`, or at the next second that no other
    /// backup of the database has; removes what interrupted runs left.
    pub(crate) fn at_time(
        folder: DatabaseFolder,
        kind: BackupKind,
        now: Timestamp,
        holder: &Holder,
    ) -> Result<Self, StoreError> {
        let _lock = prepare(&folder, holder)?;
        let taken = taken_ids(&folder)?;
        let seconds = (0..TRIES).map(SignedDuration::from_secs);
        let ids =
            seconds.filter_map(|later| Some(BackupId::new(kind, now.checked_add(later).ok()?)));
        let free = ids.into_iter().find(|id| !taken.iter().any(|other| other.time() == id.time()));
        let id = free.ok_or_else(|| StoreError::NoFreeId { database: folder.database.clone() })?;
        Self::make(folder, id, holder)
    }

    /// Makes a place for this very backup.
    pub(crate) fn of_id(
        folder: DatabaseFolder,
        id: BackupId,
        holder: &Holder,
    ) -> Result<Self, StoreError> {
        let _lock = prepare(&folder, holder)?;
        if taken_ids(&folder)?.contains(&id) {
            return Err(StoreError::Exists { database: folder.database, id });
        }
        Self::make(folder, id, holder)
    }

    fn make(folder: DatabaseFolder, id: BackupId, holder: &Holder) -> Result<Self, StoreError> {
        let partial = folder.partial(id);
        files::ensure_folder(&partial)?;
        let writing = lock(&folder, &layout::writer_lock(&partial), holder)?;
        Ok(Self { folder, id, holder: holder.clone(), is_committed: false, _writing: writing })
    }

    pub(crate) fn id(&self) -> BackupId {
        self.id
    }

    /// Where the backup will be.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.backup(self.id)
    }

    /// Makes the file for the content.
    pub(crate) fn create_content(&self, is_encrypted: bool) -> Result<(File, PathBuf), StoreError> {
        let path = self.folder.partial(self.id).join(layout::content_name(is_encrypted));
        Ok((files::create_file(&path)?, path))
    }

    /// Lists the backup, whose content is on the disk: all of it from one moment to the next.
    pub(crate) fn commit(mut self, manifest: &Manifest) -> Result<(), StoreError> {
        let (folder, id) = (&self.folder, self.id);
        let (partial, complete) = (folder.partial(id), folder.backup(id));
        let unwritable =
            |source| StoreError::Unwritable { database: folder.database.clone(), id, source };
        let json = manifest.to_json().map_err(unwritable)?;
        let _lock = lock_database(folder, &self.holder)?;
        files::write_new(&partial.join(layout::MANIFEST), &json)?;
        let writing = layout::writer_lock(&partial);
        std::fs::remove_file(&writing)
            .map_err(|error| StoreError::of_io("remove", writing, error))?;
        files::sync_folder(&partial)?;
        files::rename_folder(&partial, &complete)?;
        if let Err(error) = files::sync_folder(&folder.path) {
            // What may not survive a power cut is not listed either.
            files::rename_folder(&complete, &partial)?;
            return Err(error);
        }
        self.is_committed = true;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.is_committed {
            // The next run removes what this one cannot.
            let _ = files::remove_folder(&self.folder.partial(self.id));
        }
    }
}

/// Locks the backups of a database that may not have any yet, and cleans.
fn prepare(folder: &DatabaseFolder, holder: &Holder) -> Result<Lock, StoreError> {
    files::ensure_folder(folder.path.parent().unwrap_or(&folder.path))?;
    files::ensure_folder(&folder.path)?;
    let lock = lock_database(folder, holder)?;
    clean::remove_leftovers(folder)?;
    Ok(lock)
}

/// The identifiers that names in the folder have, of complete backups or not.
fn taken_ids(folder: &DatabaseFolder) -> Result<BTreeSet<BackupId>, StoreError> {
    let names = clean::names(folder)?;
    let ids = names.iter().filter_map(|name| {
        let name = name.strip_suffix(layout::PARTIAL).unwrap_or(name);
        name.strip_suffix(layout::REMOVED).unwrap_or(name).parse().ok()
    });
    Ok(ids.collect())
}
