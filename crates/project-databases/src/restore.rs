use std::fmt;

use backup_retention::{BackupId, BackupKind};
use backup_store::{Backup, Pin};
use configuration::VerifyBackup;
use database::{DatabaseError, Facts, InPlaceDatabase, PostgreSql, RestoreId, RestoreState};
use jiff::Timestamp;
use operation::OperationError;
use report::RunningStep;

use crate::{
    BackupRequest, BackupSettings, ProjectDatabase, ProjectDatabaseError, adapter::Adapter,
};

/// Holds the pin of a backup that is being restored.
const HOLDER: &str = "restore-database";

/// A backup that can replace the data at once.
#[derive(Debug, Clone)]
pub struct PreparedRestore {
    /// What the backup contains.
    pub restored: Facts,
    /// What the database contains now; `None` when it does not exist.
    pub current: Option<Facts>,
    prepared: Prepared,
    /// Whether what the database contains now is backed up before it is replaced, where the
    /// server does not keep it.
    secures_current: bool,
}

#[derive(Debug, Clone)]
enum Prepared {
    /// A database beside the one that serves.
    Beside(RestoreId),
    /// The archive was loaded as a test, and is read once more.
    Tested,
}

/// Where the data is that a restore has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplacedData {
    /// In a database of this name in the same server.
    Database(String),
    /// In this backup, which was made and verified right before; what was written until the data
    /// was replaced is only in the database of this name, where there is one.
    Backup(BackupId, Option<String>),
}

impl fmt::Display for ReplacedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(name) => write!(f, "database {name}"),
            Self::Backup(id, None) => write!(f, "backup {id}"),
            Self::Backup(id, Some(name)) => write!(f, "backup {id} and database {name}"),
        }
    }
}

/// Brings backups of a database back.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseRestore<'a> {
    /// The database.
    pub database: &'a ProjectDatabase,
    /// Where its backups are.
    pub settings: &'a BackupSettings,
    /// Whether a backup may be one of another engine or Compose project.
    pub accepts_foreign: bool,
}

impl DatabaseRestore<'_> {
    /// Makes a backup ready to replace the data, while the data serves: PostgreSQL restores it
    /// beside, others load it as a test. The backup is pinned until the restore is completed or
    /// abandoned.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] while an earlier restore is neither confirmed nor
    /// undone, and for a backup from elsewhere; those of the backup and the server. Nothing was
    /// replaced.
    pub async fn prepare(
        &self,
        backup: &Backup,
        performer: &str,
        progress: &RunningStep,
    ) -> Result<PreparedRestore, ProjectDatabaseError> {
        self.prepare_as(&RestoreId::now(), backup, performer, progress).await
    }

    /// As [`DatabaseRestore::prepare`], for a restore that is made again until it is complete, and
    /// of which an earlier run was interrupted at any point; `None` when that has replaced the data.
    /// What is replaced where it is, is replaced once more, and not backed up before: it may be
    /// half of something that cannot be dumped.
    ///
    /// # Errors
    /// As [`DatabaseRestore::prepare`].
    pub async fn prepare_again(
        &self,
        backup: &Backup,
        performer: &str,
        progress: &RunningStep,
    ) -> Result<Option<PreparedRestore>, ProjectDatabaseError> {
        // No other restore has that second: the backup was made in it.
        let id = RestoreId::at(backup.id().time().as_second().unsigned_abs());
        let state = match &self.database.adapter {
            Adapter::PostgreSql { server, database } => {
                server.observe(database, &id).await.map_err(self.database.failed())?.state()
            }
            Adapter::InPlace(_) => RestoreState::Idle,
        };
        match state {
            RestoreState::Swapped => Ok(None),
            RestoreState::Ready | RestoreState::MissingAndRestored => {
                let restored = self.database.manifest_of(backup)?.facts;
                let current =
                    self.database.adapter.facts().await.map_err(self.database.failed())?;
                let prepared = Prepared::Beside(id);
                Ok(Some(PreparedRestore { restored, current, prepared, secures_current: false }))
            }
            _ => {
                let prepared = self.prepare_as(&id, backup, performer, progress).await?;
                Ok(Some(PreparedRestore { secures_current: false, ..prepared }))
            }
        }
    }

    async fn prepare_as(
        &self,
        id: &RestoreId,
        backup: &Backup,
        performer: &str,
        progress: &RunningStep,
    ) -> Result<PreparedRestore, ProjectDatabaseError> {
        self.require_own(backup)?;
        self.leave().await?;
        self.unpin()?;
        let reason = format!("{performer} restores it");
        let pin = Pin { holder: HOLDER.to_owned(), reason, since: Timestamp::now() };
        self.settings.store.pin(&self.database.name, backup.id(), pin)?;
        let prepared = match &self.database.adapter {
            Adapter::PostgreSql { .. } => self.restore_beside(id, backup, progress).await,
            Adapter::InPlace(_) => self.test(backup, progress).await,
        };
        if prepared.is_err() {
            // What failed before matters more; the next restore takes the pin back.
            let _ = self.unpin();
        }
        prepared
    }

    /// Replaces the data; where it was before, if there was any. What PostgreSQL does not keep
    /// is backed up before.
    ///
    /// # Errors
    /// Those of the server, whose old data serves then; or
    /// [`ProjectDatabaseError::UnknownOutcome`].
    pub async fn complete(
        &self,
        backup: &Backup,
        prepared: &PreparedRestore,
        performer: &str,
        progress: &RunningStep,
    ) -> Result<Option<ReplacedData>, ProjectDatabaseError> {
        let existed = prepared.current.is_some();
        let replaced = match (&self.database.adapter, &prepared.prepared) {
            (Adapter::PostgreSql { server, database }, Prepared::Beside(id)) => {
                progress.line("replacing the database");
                self.swap(server, database, id).await?;
                existed.then(|| ReplacedData::Database(format!("{database}_before_{id}")))
            }
            (Adapter::InPlace(database), Prepared::Tested) => {
                let before = match existed && prepared.secures_current {
                    true => Some(self.secure_current(performer, progress).await?),
                    false => None,
                };
                progress.line("replacing the data");
                let kept = self.replace(&**database, backup, before).await?;
                match before {
                    Some(before) => Some(ReplacedData::Backup(before, kept)),
                    None => kept.map(ReplacedData::Database),
                }
            }
            _ => return Err(self.database.differs(backup, "it was prepared for another server")),
        };
        if let Err(error) = self.unpin() {
            progress.line(&format!("the pin of {} stays: {error}", backup.id()));
        }
        Ok(replaced)
    }

    /// When the answer is lost, the databases show whether the swap was made.
    async fn swap(
        &self,
        server: &PostgreSql,
        database: &str,
        id: &RestoreId,
    ) -> Result<(), ProjectDatabaseError> {
        self.require_only(id).await?;
        let Err(error) = server.swap(database, id).await else { return Ok(()) };
        let observed = server.observe(database, id).await;
        match observed.map(|observed| observed.state()) {
            Ok(RestoreState::Swapped) => Ok(()),
            Ok(_) => {
                // What failed before matters more; `--discard` removes what stays.
                let _ = server.discard(database, id).await;
                Err(self.database.failed()(error))
            }
            Err(_) => Err(self.database.unknown_outcome(error, None)),
        }
    }

    async fn replace(
        &self,
        database: &dyn InPlaceDatabase,
        backup: &Backup,
        before: Option<BackupId>,
    ) -> Result<Option<String>, ProjectDatabaseError> {
        let manifest = self.database.manifest_of(backup)?;
        let archive = self.database.archive(self.settings, backup).await?;
        match database.restore(archive, &manifest).await {
            Ok(kept) => Ok(kept),
            Err(DatabaseError::HalfReplaced { source }) => {
                // What failed before matters more; the next restore tries this again.
                let _ = database.leave_restore().await;
                Err(self.database.unknown_outcome(*source, before))
            }
            Err(error) => Err(self.database.unwrapped(error)),
        }
    }

    /// Loads a backup under another name, and leaves it there.
    ///
    /// # Errors
    /// When there is something of this name; those of the backup and the server.
    pub async fn restore_into(
        &self,
        backup: &Backup,
        name: &str,
        progress: &RunningStep,
    ) -> Result<Facts, ProjectDatabaseError> {
        self.require_own(backup)?;
        let manifest = self.database.manifest_of(backup)?;
        let archive = self.database.archive(self.settings, backup).await?;
        progress.line(&format!("restoring as {name}"));
        let restored = self.database.adapter.restore_into(name, archive, &manifest).await;
        restored.map_err(|error| self.database.unwrapped(error))
    }

    /// Gives up a restore that was prepared; the data stays as it is.
    ///
    /// # Errors
    /// Those of the server and of the folder of backups.
    pub async fn abandon(&self, prepared: &PreparedRestore) -> Result<(), ProjectDatabaseError> {
        if let (Adapter::PostgreSql { server, database }, Prepared::Beside(id)) =
            (&self.database.adapter, &prepared.prepared)
        {
            server.discard(database, id).await.map_err(self.database.failed())?;
        }
        self.unpin()
    }

    async fn restore_beside(
        &self,
        id: &RestoreId,
        backup: &Backup,
        progress: &RunningStep,
    ) -> Result<PreparedRestore, ProjectDatabaseError> {
        let (server, database) = self.postgresql()?;
        let manifest = self.database.manifest_of(backup)?;
        if manifest.facts.database != database {
            let (name, other) = (&self.database.name, &manifest.facts.database);
            let problem =
                format!("backup {} of {name} is of `{other}`, not of `{database}`", backup.id());
            let advice = format!("set `database = \"{other}\"` in `[database.{name}]`");
            return Err(OperationError::usage(problem, &advice).into());
        }
        let archive = self.database.archive(self.settings, backup).await?;
        progress.line("restoring beside the database that serves");
        let restored = server.restore_beside(archive, &manifest, id).await;
        let restored = restored.map_err(|error| self.database.unwrapped(error))?;
        let current = match self.database.adapter.facts().await {
            Ok(current) => current,
            Err(error) => {
                // What failed before matters more; `--discard` removes what stays.
                let _ = server.discard(database, id).await;
                return Err(self.database.failed()(error));
            }
        };
        Ok(PreparedRestore {
            restored,
            current,
            prepared: Prepared::Beside(id.clone()),
            secures_current: true,
        })
    }

    async fn test(
        &self,
        backup: &Backup,
        progress: &RunningStep,
    ) -> Result<PreparedRestore, ProjectDatabaseError> {
        let verify = VerifyBackup::Restore;
        let backup = self.database.verify(self.settings, backup, verify, progress).await?;
        let restored = self.database.manifest_of(&backup)?.facts;
        let current = self.database.adapter.facts().await.map_err(self.database.failed())?;
        Ok(PreparedRestore { restored, current, prepared: Prepared::Tested, secures_current: true })
    }

    /// The backup takes the place of the database that PostgreSQL keeps.
    async fn secure_current(
        &self,
        performer: &str,
        progress: &RunningStep,
    ) -> Result<BackupId, ProjectDatabaseError> {
        let request = BackupRequest {
            kind: BackupKind::PreDeployment,
            verify: Some(VerifyBackup::Restore),
            deployment: None,
            performer: performer.to_owned(),
        };
        progress.line("backing up the data that is replaced");
        Ok(self.database.back_up(self.settings, &request, progress).await?.id())
    }

    /// A backup of a database of this name may be of another machine, whose folder or bucket
    /// this one uses.
    fn require_own(&self, backup: &Backup) -> Result<(), ProjectDatabaseError> {
        let (origin, own) = (&backup.manifest.origin, &self.database.origin);
        if self.accepts_foreign || origin == own {
            return Ok(());
        }
        let (id, name, project) = (backup.id(), &self.database.name, &origin.project);
        let problem = match origin.project == own.project {
            true => format!("backup {id} of {name} was made of another Docker Engine"),
            false => format!("backup {id} of {name} was made of Compose project {project}"),
        };
        let advice = "to restore it nevertheless, add --from-elsewhere";
        Err(OperationError::precondition(problem, advice).into())
    }

    fn unpin(&self) -> Result<(), ProjectDatabaseError> {
        self.settings.take_back_pins(HOLDER, &self.database.name)
    }
}
