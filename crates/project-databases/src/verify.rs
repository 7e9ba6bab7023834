use std::io;

use backup_store::{Backup, BackupReader, StoreError, Verification, VerificationMethod};
use configuration::VerifyBackup;
use database::{ArchiveDigest, ArchiveSource, DatabaseError, Manifest};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use operation::OperationError;
use report::RunningStep;

use crate::{BackupSettings, ProjectDatabase, ProjectDatabaseError, back_up::recorded_facts};

impl ProjectDatabase {
    /// Verifies a backup and records the result in its manifest. That nothing could be found
    /// out about it is no result.
    ///
    /// # Errors
    /// Those that say that the backup is not good
    /// ([`ProjectDatabaseError::condemns_backup`]), and those of the database's server and the
    /// store.
    pub async fn verify(
        &self,
        settings: &BackupSettings,
        backup: &Backup,
        verify: VerifyBackup,
        progress: &RunningStep,
    ) -> Result<Backup, ProjectDatabaseError> {
        let method = self.adapter.method(verify);
        progress.line(&format!("verifying {}", backup.id()));
        let outcome = self.read_back(settings, backup, method).await;
        let detail = match &outcome {
            Ok(()) => String::new(),
            Err(error) if error.condemns_backup() => error.to_string(),
            Err(_) => return outcome.map(|()| backup.clone()),
        };
        let (time, passed) = (Timestamp::now(), outcome.is_ok());
        let verification = Verification { method, time, passed, detail };
        let recorded = settings.store.record_verification(&self.name, backup.id(), verification);
        outcome.and(Ok(recorded?))
    }

    async fn read_back(
        &self,
        settings: &BackupSettings,
        backup: &Backup,
        method: VerificationMethod,
    ) -> Result<(), ProjectDatabaseError> {
        let manifest = self.manifest_of(backup)?;
        let archive = self.archive(settings, backup).await?;
        let verified = self.adapter.verify(method, archive, &manifest).await;
        verified.map_err(|error| self.unwrapped(error))
    }

    /// What is compared with what is read or restored.
    pub(crate) fn manifest_of(&self, backup: &Backup) -> Result<Manifest, ProjectDatabaseError> {
        let (engine, own) = (&backup.manifest.engine.name, self.adapter.engine_name());
        if engine != own {
            let problem =
                format!("backup {} of {} is one of {engine}, not of {own}", backup.id(), self.name);
            return Err(
                OperationError::usage(problem, "restore it into a database of its kind").into()
            );
        }
        let facts = recorded_facts(backup).map_err(|reason| self.differs(backup, &reason))?;
        let content = &backup.manifest.content;
        let archive = ArchiveDigest { bytes: content.bytes, sha256: content.sha256.to_string() };
        Ok(Manifest { facts, archive })
    }

    /// The dump as it was made: decrypted and decompressed.
    pub(crate) async fn archive(
        &self,
        settings: &BackupSettings,
        backup: &Backup,
    ) -> Result<ArchiveSource, ProjectDatabaseError> {
        let (store, identities) = (&settings.store, &settings.identities);
        let reader = store.open(&self.name, backup.id(), identities).await?;
        Ok(stream::unfold(Some(reader), next_piece).boxed())
    }

    /// An error of the store that came through a tool as one of its input.
    pub(crate) fn unwrapped(&self, error: DatabaseError) -> ProjectDatabaseError {
        match error {
            DatabaseError::Source { doing, source } => match source.downcast::<StoreError>() {
                Ok(error) => error.into(),
                Err(source) => self.failed()(DatabaseError::Source { doing, source }),
            },
            error => self.failed()(error),
        }
    }
}

/// After an error there are no further pieces.
async fn next_piece(
    reader: Option<BackupReader>,
) -> Option<(io::Result<bytes::Bytes>, Option<BackupReader>)> {
    let mut reader = reader?;
    match reader.next().await {
        Ok(piece) => Some((Ok(piece?), Some(reader))),
        Err(error) => Some((Err(io::Error::other(error)), None)),
    }
}
