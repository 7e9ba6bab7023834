use std::path::PathBuf;

use backup_retention::BackupId;
use jiff::Timestamp;
use journal::Holder;

use crate::{
    Backup, BackupReader, BackupWriter, DatabaseName, Entry, Identities, NewBackup, Pin,
    RemoteCopy, StoreError, Verification, clean,
    commit::{Reservation, lock_database},
    content_file::ContentFile,
    files,
    layout::DatabaseFolder,
    listing, records, removal,
};

/// Backups of databases in a folder. Methods that are not `async` wait for the disk, for
/// moments, and at most 30 s for another run that changes the same database's backups.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    holder: Holder,
}

impl Store {
    /// The store in a folder, which the first backup makes with mode 0700 if its parent is
    /// in place. `holder` is whom other runs see when they wait.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, holder: Holder) -> Self {
        Self { path: path.into(), holder }
    }

    /// Begins a backup, after it removed what interrupted runs left. Its identifier has the
    /// time `now`, or the next second that no other backup of the database has.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::DiskFull`], [`StoreError::Symlink`],
    /// [`StoreError::Busy`] and others of the file system.
    pub async fn create(&self, new: NewBackup, now: Timestamp) -> Result<BackupWriter, StoreError> {
        let (folder, kind, holder) = (self.folder(&new.database), new.kind, self.holder.clone());
        let reserve = move || Reservation::at_time(folder, kind, now, &holder);
        let reservation = self.on_thread(reserve).await?;
        BackupWriter::start(reservation, new, now)
    }

    /// Bytes that are free for backups; `None` when the file system does not count its blocks.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        // The folder is made with the first backup.
        let existing = self.path.ancestors().find(|folder| folder.exists())?;
        let status = rustix::fs::statvfs(existing).ok()?;
        (status.f_blocks > 0).then(|| status.f_bavail.saturating_mul(status.f_frsize))
    }

    /// A place for a backup that comes from elsewhere.
    pub(crate) async fn reserve(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Reservation, StoreError> {
        let (folder, holder) = (self.folder(database), self.holder.clone());
        self.on_thread(move || Reservation::of_id(folder, id, &holder)).await
    }

    /// The names of databases that have a folder, in order. What is no such folder is an
    /// error: it was not made by a store; `lost+found` was made by a file system.
    ///
    /// # Errors
    /// [`StoreError::DatabaseName`], [`StoreError::Symlink`],
    /// [`StoreError::WrongFileType`] and others of the file system.
    pub fn databases(&self) -> Result<Vec<DatabaseName>, StoreError> {
        files::require_folder(&self.path)?;
        let failed = |source| StoreError::of_io("list", &self.path, source);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // What a file system has in its uppermost folder.
            if entry.file_name() == "lost+found" {
                continue;
            }
            files::require_folder(&entry.path())?;
            names.push(entry.file_name().to_string_lossy().parse()?);
        }
        names.sort();
        Ok(names)
    }

    /// Everything in the folder of a database, the newest first: backups, and what is
    /// incomplete or unreadable, each with the reason. A database without a folder has none.
    ///
    /// # Errors
    /// Those of the file system; also when the store itself has no folder, which may be a
    /// disk that is not mounted.
    pub fn list(&self, database: &DatabaseName) -> Result<Vec<Entry>, StoreError> {
        listing::list(&self.folder(database))
    }

    /// The newest usable backup. Whoever must know what is newer and unusable lists.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn latest(&self, database: &DatabaseName) -> Result<Option<Backup>, StoreError> {
        let entries = self.list(database)?;
        Ok(entries.iter().find_map(Entry::backup).cloned())
    }

    /// A backup by its identifier.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Incomplete`], [`StoreError::Unreadable`].
    pub fn find(&self, database: &DatabaseName, id: BackupId) -> Result<Backup, StoreError> {
        listing::find(&self.folder(database), id)
    }

    /// Opens a backup to read its content. As long as the reader lives, the backup is not
    /// removed; pin it where a restore must be able to begin again after a kill.
    ///
    /// # Errors
    /// As [`Store::find`]; what is wrong with the content comes from the reader.
    pub async fn open(
        &self,
        database: &DatabaseName,
        id: BackupId,
        identities: &Identities,
    ) -> Result<BackupReader, StoreError> {
        let (content, backup) = self.content(database, id).await?;
        Ok(BackupReader::start(content, backup, identities.clone()))
    }

    /// Reads the file of a backup to its end and compares size and SHA-256 with what was
    /// written. Needs no key, and says nothing about the content.
    ///
    /// # Errors
    /// As [`Store::find`], and [`StoreError::Damaged`].
    pub async fn verify_stored(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Backup, StoreError> {
        let (content, _) = self.content(database, id).await?;
        self.on_thread(move || content.check()).await
    }

    /// Decrypts and decompresses a backup to its end and compares every size and hash.
    ///
    /// # Errors
    /// As [`Store::verify_stored`], and [`StoreError::Key`].
    pub async fn verify_content(
        &self,
        database: &DatabaseName,
        id: BackupId,
        identities: &Identities,
    ) -> Result<Backup, StoreError> {
        let (content, backup) = self.content(database, id).await?;
        let identities = identities.clone();
        self.on_thread(move || content.decode(&identities, |_| true)).await?;
        Ok(backup)
    }

    /// Records a verification, in the place of the last one by the same method.
    ///
    /// # Errors
    /// As [`Store::find`], and those of the file system.
    pub fn record_verification(
        &self,
        database: &DatabaseName,
        id: BackupId,
        verification: Verification,
    ) -> Result<Backup, StoreError> {
        self.update(database, id, |manifest| manifest.record(verification))
    }

    /// Keeps a backup from being removed, in the place of an earlier pin of this holder.
    ///
    /// # Errors
    /// As [`Store::record_verification`].
    pub fn pin(
        &self,
        database: &DatabaseName,
        id: BackupId,
        pin: Pin,
    ) -> Result<Backup, StoreError> {
        self.update(database, id, |manifest| {
            manifest.pins.retain(|other| other.holder != pin.holder);
            manifest.pins.push(pin);
        })
    }

    /// Takes back a holder's pin, if there is one.
    ///
    /// # Errors
    /// As [`Store::record_verification`].
    pub fn unpin(
        &self,
        database: &DatabaseName,
        id: BackupId,
        holder: &str,
    ) -> Result<Backup, StoreError> {
        self.update(database, id, |manifest| manifest.pins.retain(|pin| pin.holder != holder))
    }

    /// Records a copy that was read back and compared, in the place of an earlier record.
    pub(crate) fn record_copy(
        &self,
        database: &DatabaseName,
        id: BackupId,
        copy: RemoteCopy,
    ) -> Result<Backup, StoreError> {
        self.update(database, id, |manifest| {
            manifest.copies.retain(|other| {
                (&other.endpoint, &other.bucket, &other.key)
                    != (&copy.endpoint, &copy.bucket, &copy.key)
            });
            manifest.copies.push(copy);
        })
    }

    /// Removes a usable backup, data and manifest together, that nobody pinned and nobody reads.
    ///
    /// # Errors
    /// [`StoreError::Pinned`], [`StoreError::InUse`], as [`Store::find`].
    pub fn remove(&self, database: &DatabaseName, id: BackupId) -> Result<(), StoreError> {
        removal::remove(&self.folder(database), id, &self.holder)
    }

    /// Removes what is incomplete or unreadable under this name of a list, and no backup;
    /// whether there was such a thing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn discard(&self, database: &DatabaseName, name: &str) -> Result<bool, StoreError> {
        removal::discard(&self.folder(database), name, &self.holder)
    }

    /// Removes what interrupted runs left, and gives its names. Every new backup does so.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn clean(&self, database: &DatabaseName) -> Result<Vec<String>, StoreError> {
        let folder = self.folder(database);
        files::require_folder(&folder.path)?;
        let _lock = lock_database(&folder, &self.holder)?;
        clean::remove_leftovers(&folder)
    }

    fn folder(&self, database: &DatabaseName) -> DatabaseFolder {
        DatabaseFolder::new(&self.path, database)
    }

    async fn content(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<(ContentFile, Backup), StoreError> {
        let folder = self.folder(database);
        self.on_thread(move || {
            let backup = listing::find(&folder, id)?;
            Ok((ContentFile::open(&folder, backup.clone())?, backup))
        })
        .await
    }

    /// The file of a backup's content, opened so that it is not removed.
    pub(crate) async fn content_file(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<ContentFile, StoreError> {
        Ok(self.content(database, id).await?.0)
    }

    fn update(
        &self,
        database: &DatabaseName,
        id: BackupId,
        change: impl FnOnce(&mut crate::Manifest),
    ) -> Result<Backup, StoreError> {
        records::update(&self.folder(database), id, &self.holder, change)
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| StoreError::Interrupted { path: self.path.clone() })?
    }
}
