use std::collections::BTreeMap;

use backup_retention::BackupId;
use bytes::Bytes;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;

use super::{RemoteEntry, RemoteError, RemoteSettings, bucket::Bucket, upload};
use crate::{
    Backup, Checked, Damage, DatabaseName, Manifest, RemoteCopy, Store, StoreError,
    commit::Reservation,
    digest::Tally,
    layout::{MANIFEST, content_name},
    writer::commit,
};

/// Longest manifest, in bytes.
const LONGEST_MANIFEST: u64 = 16 << 20;

/// Copies of backups on S3-compatible storage, under `PREFIX/<database>/<id>/`. A copy is
/// complete when its manifest is in place, which is written last and deleted first.
#[derive(Clone)]
pub struct RemoteStore {
    bucket: Bucket,
}

impl std::fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RemoteStore({:?})", self.bucket.settings)
    }
}

impl RemoteStore {
    /// Nothing is requested yet.
    ///
    /// # Errors
    /// [`RemoteError::Unreachable`] when no client can be made.
    pub fn new(settings: RemoteSettings) -> Result<Self, RemoteError> {
        Ok(Self { bucket: Bucket::new(settings)? })
    }

    /// Copies a backup of `store`, reads the copy back, compares size and SHA-256, and
    /// records it in the backup's manifest. The local file stays. What is in place already
    /// is compared and not sent again.
    ///
    /// # Errors
    /// [`RemoteError`] of any kind, [`StoreError::Damaged`] when the local file is not
    /// what was written, and as [`Store::find`].
    pub async fn upload(
        &self,
        store: &Store,
        database: &DatabaseName,
        id: BackupId,
        now: Timestamp,
    ) -> Result<Backup, StoreError> {
        let backup = store.find(database, id)?;
        let key = self.content_key(&backup.manifest);
        if !self.is_uploaded(&backup.manifest).await? {
            let content = store.content_file(database, id).await?;
            upload::send(&self.bucket, &key, content).await?;
            self.compare(&backup.manifest).await?;
            self.put_manifest(&backup.manifest).await?;
        }
        store.record_copy(database, id, self.copy_of(&backup.manifest, now))
    }

    /// Whether the same backup is in place, and its bytes are good.
    async fn is_uploaded(&self, local: &Manifest) -> Result<bool, StoreError> {
        let Some(remote) = self.manifest(&local.database, local.id).await? else {
            return Ok(false);
        };
        if (remote.stored, remote.content) != (local.stored, local.content) {
            let (database, id) = (local.database.clone(), local.id);
            return Err(RemoteError::Differs { bucket: self.name(), database, id }.into());
        }
        match self.compare(&remote).await {
            Ok(()) => Ok(true),
            // Sent again; the bytes are those of the local file.
            Err(RemoteError::Damaged { .. } | RemoteError::Incomplete { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a copy back to its end and compares size and SHA-256 with its manifest.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn verify(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Manifest, RemoteError> {
        let manifest = self.existing_manifest(database, id).await?;
        self.compare(&manifest).await?;
        Ok(manifest)
    }

    /// Everything of a database on remote storage, the newest first.
    ///
    /// # Errors
    /// [`RemoteError`] when the bucket cannot be read; what is wrong with one copy is an entry.
    pub async fn list(&self, database: &DatabaseName) -> Result<Vec<RemoteEntry>, RemoteError> {
        let folder = self.key(&[database.as_str()]);
        let mut found: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for object in self.bucket.list(&folder).await? {
            let key = object.location.to_string();
            let name = key.strip_prefix(&format!("{folder}/")).unwrap_or(&key);
            let (name, file) = name.split_once('/').unwrap_or((name, ""));
            found.entry(name.to_owned()).or_default().insert(file.to_owned(), object.size);
        }
        let mut entries = Vec::new();
        for (name, files) in found {
            entries
                .push((name.parse::<BackupId>().ok(), self.entry(database, name, &files).await?));
        }
        entries.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    async fn entry(
        &self,
        database: &DatabaseName,
        name: String,
        files: &BTreeMap<String, u64>,
    ) -> Result<RemoteEntry, RemoteError> {
        let Ok(id) = name.parse::<BackupId>() else {
            let reason = "its name is no identifier of a backup".to_owned();
            return Ok(RemoteEntry::Unreadable { name, reason });
        };
        let incomplete = |reason: &str| RemoteEntry::Incomplete { id, reason: reason.to_owned() };
        let manifest = match self.manifest(database, id).await {
            Ok(Some(manifest)) => manifest,
            Ok(None) => return Ok(incomplete("it has no manifest: its upload did not end")),
            Err(RemoteError::Unreadable { reason, .. }) => {
                return Ok(RemoteEntry::Unreadable { name, reason });
            }
            Err(error) => return Err(error),
        };
        Ok(match files.get(content_name(manifest.encryption.is_some())) {
            None => incomplete("its content is missing"),
            Some(bytes) if *bytes != manifest.stored.bytes => {
                incomplete("its content has another size than its manifest has")
            }
            Some(_) => RemoteEntry::Backup(Box::new(manifest)),
        })
    }

    /// Brings a copy into `store`, which must not have that backup. It is listed after all
    /// of it was compared.
    ///
    /// # Errors
    /// [`RemoteError`], [`StoreError::Exists`], those of the file system.
    pub async fn download(
        &self,
        store: &Store,
        database: &DatabaseName,
        id: BackupId,
        now: Timestamp,
    ) -> Result<Backup, StoreError> {
        let mut manifest = self.existing_manifest(database, id).await?;
        let reservation = store.reserve(database, id).await?;
        self.fetch(&manifest, &reservation).await?;
        manifest.copies = vec![self.copy_of(&manifest, now)];
        commit(reservation, manifest).await
    }

    async fn fetch(
        &self,
        manifest: &Manifest,
        reservation: &Reservation,
    ) -> Result<(), StoreError> {
        let (file, path) = reservation.create_content(manifest.encryption.is_some())?;
        let failed = |source| StoreError::of_io("write", &path, source);
        let mut file = tokio::fs::File::from_std(file);
        let key = self.content_key(manifest);
        let found = self.bucket.stream(&key).await?;
        let (_, mut pieces) = found.ok_or_else(|| self.without_content(manifest))?;
        let mut tally = Tally::default();
        while let Some(piece) = pieces.next().await.transpose()? {
            tally.add(&piece);
            file.write_all(&piece).await.map_err(failed)?;
        }
        self.check(manifest, tally.total())?;
        file.sync_all().await.map_err(failed)
    }

    /// Deletes a copy: its manifest first, so that a copy that lacks a part is never
    /// listed as complete. The local backup is not changed.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn remove(&self, database: &DatabaseName, id: BackupId) -> Result<(), RemoteError> {
        self.bucket.delete(&self.backup_key(database, id, MANIFEST)).await?;
        for is_encrypted in [false, true] {
            let key = self.backup_key(database, id, content_name(is_encrypted));
            self.bucket.delete(&key).await?;
        }
        Ok(())
    }

    async fn compare(&self, manifest: &Manifest) -> Result<(), RemoteError> {
        let found = self.bucket.read_back(&self.content_key(manifest)).await?;
        self.check(manifest, found.ok_or_else(|| self.without_content(manifest))?)
    }

    fn check(&self, manifest: &Manifest, found: Checked) -> Result<(), RemoteError> {
        let expected = manifest.stored;
        let damage = match found {
            found if found == expected => return Ok(()),
            Checked { bytes, .. } if bytes != expected.bytes => {
                Damage::Size { expected: expected.bytes, found: bytes }
            }
            _ => Damage::StoredHash,
        };
        let (database, id) = (manifest.database.clone(), manifest.id);
        Err(RemoteError::Damaged { bucket: self.name(), database, id, damage })
    }

    fn without_content(&self, manifest: &Manifest) -> RemoteError {
        let (database, id) = (manifest.database.clone(), manifest.id);
        let reason = "its content is missing".to_owned();
        RemoteError::Incomplete { bucket: self.name(), database, id, reason }
    }

    /// Writes the manifest of a copy and reads it back. Pins and copies are matters of the store.
    async fn put_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let remote = Manifest { pins: Vec::new(), copies: Vec::new(), ..manifest.clone() };
        let (database, id) = (manifest.database.clone(), manifest.id);
        let unwritable = |source| StoreError::Unwritable { database, id, source };
        let json = Bytes::from(remote.to_json().map_err(unwritable)?);
        let key = self.backup_key(&remote.database, id, MANIFEST);
        self.bucket.put(&key, json).await?;
        if self.existing_manifest(&remote.database, id).await? == remote {
            return Ok(());
        }
        let (bucket, database) = (self.name(), remote.database);
        Err(RemoteError::Differs { bucket, database, id }.into())
    }

    /// `None` when there is none.
    async fn manifest(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Option<Manifest>, RemoteError> {
        let key = self.backup_key(database, id, MANIFEST);
        let Some(text) = self.bucket.small(&key, LONGEST_MANIFEST).await? else { return Ok(None) };
        let manifest = Manifest::read(&text, database, id);
        manifest.map(Some).map_err(|reason| RemoteError::Unreadable {
            bucket: self.name(),
            database: database.clone(),
            id,
            reason: reason.to_string(),
        })
    }

    async fn existing_manifest(
        &self,
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Manifest, RemoteError> {
        let manifest = self.manifest(database, id).await?;
        manifest.ok_or_else(|| RemoteError::NotFound {
            bucket: self.name(),
            database: database.clone(),
            id,
        })
    }

    fn copy_of(&self, manifest: &Manifest, now: Timestamp) -> RemoteCopy {
        RemoteCopy {
            endpoint: self.bucket.settings.address(),
            bucket: self.name(),
            key: self.content_key(manifest),
            verified: now,
        }
    }

    fn name(&self) -> String {
        self.bucket.settings.bucket.clone()
    }

    fn content_key(&self, manifest: &Manifest) -> String {
        let name = content_name(manifest.encryption.is_some());
        self.backup_key(&manifest.database, manifest.id, name)
    }

    fn backup_key(&self, database: &DatabaseName, id: BackupId, name: &str) -> String {
        self.key(&[database.as_str(), &id.to_string(), name])
    }

    fn key(&self, parts: &[&str]) -> String {
        let prefix = &*self.bucket.settings.prefix;
        let prefix = (!prefix.is_empty()).then_some(prefix);
        prefix.into_iter().chain(parts.iter().copied()).collect::<Vec<&str>>().join("/")
    }
}
