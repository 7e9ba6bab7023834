use std::collections::BTreeMap;

use backup_retention::{BackupId, BackupKind};
use backup_store::{Backup, BackupWriter, Engine, NewBackup};
use configuration::VerifyBackup;
use database::{Dump, DumpStream, Facts};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use report::RunningStep;
use serde_json::Value;

use crate::{BackupSettings, ProjectDatabase, ProjectDatabaseError};

/// Where the manifest of a backup has what was counted.
const FACTS: &str = "database";

/// What a backup is made for.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// Why it is made.
    pub kind: BackupKind,
    /// How it is verified; `None` as the project has it.
    pub verify: Option<VerifyBackup>,
    /// The deployment that it is made for.
    pub deployment: Option<String>,
    /// Who makes it.
    pub performer: String,
}

impl ProjectDatabase {
    /// What its server is: `postgresql`, `mariadb`, `sqlite`, `redis`, or `commands`.
    #[must_use]
    pub fn server_name(&self) -> &'static str {
        self.adapter.engine_name()
    }

    /// Makes a backup, verifies it, and copies it off site where that is configured. A backup
    /// that is not good, or that could not be copied, stays in the store.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Database`] when it cannot be dumped, and those of
    /// [`BackupSettings::require_key`], [`ProjectDatabase::verify`] and [`backup_store::RemoteStore::upload`].
    pub async fn back_up(
        &self,
        settings: &BackupSettings,
        request: &BackupRequest,
        progress: &RunningStep,
    ) -> Result<Backup, ProjectDatabaseError> {
        settings.require_key()?;
        let backup = self.dump_into_store(settings, request, progress).await?;
        let verify = request.verify.unwrap_or(self.verify);
        let backup = self.verify(settings, &backup, verify, progress).await?;
        match &settings.remote {
            None => Ok(backup),
            Some(remote) => {
                progress.line(&format!("copying {} off site", backup.id()));
                let now = Timestamp::now();
                Ok(remote.upload(&settings.store, &self.name, backup.id(), now).await?)
            }
        }
    }

    async fn dump_into_store(
        &self,
        settings: &BackupSettings,
        request: &BackupRequest,
        progress: &RunningStep,
    ) -> Result<Backup, ProjectDatabaseError> {
        // What is written from now on may be missing in the dump.
        let started = Timestamp::now();
        let dump = self.adapter.dump().await;
        let Dump { facts, stream, digest } = dump.map_err(self.failed())?;
        let new = self.new_backup(settings, request, &facts);
        let mut writer = settings.store.create(new, started).await?;
        self.copy(stream, &mut writer, progress).await?;
        let is_encrypted = !settings.recipients.is_empty();
        // A manifest is not encrypted.
        let facts = if is_encrypted { facts.without_settings() } else { facts };
        let backup = writer.finish(recorded(&facts)).await?;
        let stored = &backup.manifest.content;
        let is_same = digest.get().is_some_and(|dumped| {
            (dumped.bytes, dumped.sha256) == (stored.bytes, stored.sha256.to_string())
        });
        if is_same { Ok(backup) } else { Err(self.differs(&backup, "the store has other bytes")) }
    }

    async fn copy(
        &self,
        mut stream: DumpStream,
        writer: &mut BackupWriter,
        progress: &RunningStep,
    ) -> Result<(), ProjectDatabaseError> {
        let mut bytes = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(self.failed())?;
            bytes += piece.len() as u64;
            writer.write(piece).await?;
            progress.advance(bytes, None);
        }
        Ok(())
    }

    fn new_backup(
        &self,
        settings: &BackupSettings,
        request: &BackupRequest,
        facts: &Facts,
    ) -> NewBackup {
        let name = self.adapter.engine_name().to_owned();
        let engine = Engine { name, version: facts.server_version.clone() };
        NewBackup {
            recipients: settings.recipients.clone(),
            deployment: request.deployment.clone(),
            performer: Some(request.performer.clone()),
            ..NewBackup::new(self.name.clone(), request.kind, engine, self.origin.clone())
        }
    }

    pub(crate) fn failed(&self) -> impl Fn(database::DatabaseError) -> ProjectDatabaseError {
        ProjectDatabaseError::of_database(&self.name)
    }

    pub(crate) fn unknown_outcome(
        &self,
        error: database::DatabaseError,
        before: Option<BackupId>,
    ) -> ProjectDatabaseError {
        let (name, source) = (self.name.clone(), Box::new(error));
        ProjectDatabaseError::UnknownOutcome { name, before, source }
    }

    pub(crate) fn differs(&self, backup: &Backup, reason: &str) -> ProjectDatabaseError {
        ProjectDatabaseError::BackupDiffers {
            name: self.name.clone(),
            id: backup.id().to_string(),
            reason: reason.to_owned(),
        }
    }
}

fn recorded(facts: &Facts) -> BTreeMap<String, Value> {
    let value = serde_json::to_value(facts).unwrap_or_default();
    [(FACTS.to_owned(), value)].into()
}

/// What was counted when a backup was made.
pub(crate) fn recorded_facts(backup: &Backup) -> Result<Facts, String> {
    let value = backup.manifest.facts.get(FACTS).ok_or("its manifest has no counts")?;
    serde_json::from_value(value.clone())
        .map_err(|error| format!("its counts are unreadable: {error}"))
}
