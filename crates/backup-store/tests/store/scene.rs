//! A store in a temporary folder, and dumps.

use std::{collections::BTreeMap, path::PathBuf};

use backup_retention::BackupKind;
use backup_store::{
    Backup, BackupWriter, DatabaseName, Engine, Entry, Identities, NewBackup, Origin, Recipients,
    Store, StoreError,
};
use bytes::Bytes;
use jiff::Timestamp;
use journal::Holder;

pub(crate) struct Scene {
    pub(crate) store: Store,
    pub(crate) folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: Store::new(folder.path().join("backups"), holder()), folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.path().join("app")
    }

    pub(crate) fn backup_path(&self, backup: &Backup) -> PathBuf {
        self.database_path().join(backup.id().to_string())
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.store.list(&app()).unwrap()
    }

    pub(crate) async fn writer(&self) -> BackupWriter {
        self.store.create(daily(), now()).await.unwrap()
    }

    /// A backup with this content.
    pub(crate) async fn backup(&self, content: &[u8]) -> Backup {
        self.backup_of(daily(), content).await
    }

    pub(crate) async fn backup_of(&self, new: NewBackup, content: &[u8]) -> Backup {
        let mut writer = self.store.create(new, now()).await.unwrap();
        writer.copy_from(content).await.unwrap();
        writer.finish(BTreeMap::new()).await.unwrap()
    }

    pub(crate) async fn read(
        &self,
        backup: &Backup,
        identities: &Identities,
    ) -> Result<Vec<u8>, StoreError> {
        let reader = self.store.open(&app(), backup.id(), identities).await?;
        let mut content = Vec::new();
        reader.copy_to(&mut content).await?;
        Ok(content)
    }
}

pub(crate) fn holder() -> Holder {
    Holder {
        operation: "backup-databases".to_owned(),
        user: "ada".to_owned(),
        host: "engine".to_owned(),
        process: std::process::id(),
        since: now(),
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-29T20:15:30Z".parse().unwrap()
}

pub(crate) fn app() -> DatabaseName {
    "app".parse().unwrap()
}

fn origin() -> Origin {
    Origin { docker_engine: "engine".to_owned(), project: "shop".to_owned() }
}

pub(crate) fn daily() -> NewBackup {
    let engine = Engine { name: "postgresql".to_owned(), version: "15.14".to_owned() };
    NewBackup::new(app(), BackupKind::Daily, engine, origin())
}

pub(crate) fn encrypted(recipient: &str) -> NewBackup {
    NewBackup { recipients: Recipients::parse([recipient]).unwrap(), ..daily() }
}

/// A key pair of age, which no system has.
pub(crate) fn key_pair() -> (String, Identities) {
    use age::secrecy::ExposeSecret as _;
    let key = age::x25519::Identity::generate();
    let text = key.to_string().expose_secret().to_owned();
    (key.to_public().to_string(), Identities::parse(&text.into()).unwrap())
}

/// Rows that compress like a dump does.
pub(crate) fn dump(bytes: usize) -> Bytes {
    let mut random = fastrand::Rng::with_seed(7);
    let mut text = String::with_capacity(bytes + 64);
    let mut row = 0;
    while text.len() < bytes {
        row += 1;
        text += &format!("{row}\tuser-{}\t{:016x}\n", row % 100, random.u64(..));
    }
    text.truncate(bytes);
    text.into()
}
