use backup_retention::{BackupId, BackupKind};
use backup_store::Backup;
use configuration::VerifyBackup;
use jiff::Timestamp;
use operation::{Environment, Failures, Present, counted, until_interrupted};
use project_databases::{
    BackupRequest, DeclaredDatabase, ProjectDatabase, ProjectDatabaseError, PrunedBackup, prune,
    remove_replaced,
};
use report::{Document, Event, OutputStream, Reporter, StepState, bytes};
use serde::Serialize;
use serde_json::json;

use crate::Databases;

/// What to back up, and why.
#[derive(Debug, Clone)]
pub struct BackUpRequest {
    /// Names of databases; empty for all.
    pub databases: Vec<String>,
    /// Why the backups are made.
    pub kind: BackupKind,
    /// How they are verified; `None` as the configuration has it.
    pub verify: Option<VerifyBackup>,
}

/// What was backed up and what was removed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BackUpReport {
    /// The new backups, all verified.
    pub backups: Vec<MadeBackup>,
    /// Older backups that were removed.
    pub removed: Vec<PrunedBackup>,
    /// Databases with the data of before a restore that were removed.
    pub removed_databases: Vec<String>,
    /// Why something that should be removed is still in place, a line each.
    pub problems: Vec<String>,
}

/// A backup that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeBackup {
    /// The database.
    pub database: String,
    /// The backup.
    pub id: BackupId,
    /// When it was started.
    pub created: Timestamp,
    /// Bytes of the dump.
    pub dumped_bytes: u64,
    /// Bytes in the folder of backups.
    pub stored_bytes: u64,
    /// Whether a copy is off site.
    pub is_off_site: bool,
}

impl From<&Backup> for MadeBackup {
    fn from(backup: &Backup) -> Self {
        let manifest = &backup.manifest;
        Self {
            database: manifest.database.to_string(),
            id: manifest.id,
            created: manifest.created,
            dumped_bytes: manifest.content.bytes,
            stored_bytes: manifest.stored.bytes,
            is_off_site: !manifest.copies.is_empty(),
        }
    }
}

/// Backs up the selected databases one after the other, and removes older backups that the
/// project does not keep. The identifier of each backup is printed as soon as it is complete.
///
/// # Errors
/// That of the only database, or [`operation::OperationError::Several`];
/// [`operation::OperationError::Interrupted`]. A database that fails does not stop the others.
pub async fn back_up_databases(
    databases: &Databases,
    environment: &Environment,
    request: &BackUpRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<BackUpReport, ProjectDatabaseError> {
    until_interrupted(interrupt, back_up_each(databases, environment, request)).await
}

async fn back_up_each(
    databases: &Databases,
    environment: &Environment,
    request: &BackUpRequest,
) -> Result<BackUpReport, ProjectDatabaseError> {
    let selected = databases.selected(&request.databases)?;
    databases.require_no_restore().await?;
    let mut failures = Failures::new(selected.len(), &environment.reporter);
    let mut report = BackUpReport::default();
    for database in &selected {
        match back_up(databases, environment, request, database).await {
            Ok((connected, backup)) => {
                announce(&environment.reporter, &backup);
                report.backups.push(backup);
                clean_up(databases, &connected, &mut report).await;
                remove_old_data(databases, &connected, &mut report).await;
            }
            Err(error) => failures.push(database.name.to_string(), error),
        }
    }
    failures.conclude(!report.backups.is_empty(), |number| {
        format!("{} not backed up", counted(number, "database"))
    })?;
    Ok(report)
}

async fn back_up(
    databases: &Databases,
    environment: &Environment,
    request: &BackUpRequest,
    database: &DeclaredDatabase,
) -> Result<(ProjectDatabase, MadeBackup), ProjectDatabaseError> {
    let title = format!("Back up database {}", database.name);
    let step = environment.reporter.step(database.name.as_str(), &title);
    let request = BackupRequest {
        kind: request.kind,
        verify: request.verify,
        deployment: None,
        performer: environment.performer(),
    };
    let making = async {
        let connected = databases.connect(database).await?;
        let backup = connected.back_up(&databases.settings, &request, &step).await?;
        Ok::<_, ProjectDatabaseError>((connected, backup))
    };
    let made = making.await;
    let (state, evidence) = match &made {
        Ok((_, backup)) => (StepState::Done, evidence(backup)),
        Err(error) => (StepState::Failed, operation::error_chain(error)),
    };
    step.finish(state, &evidence);
    let (connected, backup) = made?;
    Ok((connected, MadeBackup::from(&backup)))
}

fn evidence(backup: &Backup) -> String {
    let manifest = &backup.manifest;
    let copied = if manifest.copies.is_empty() { "" } else { ", copied off site" };
    let (dumped, stored) = (bytes(manifest.content.bytes), bytes(manifest.stored.bytes));
    format!("{}, verified{copied}: {stored} for {dumped}", backup.id())
}

fn announce(reporter: &Reporter, backup: &MadeBackup) {
    reporter.emit(&Event::Output {
        service: backup.database.clone(),
        container: None,
        stream: OutputStream::Stdout,
        line: backup.id.to_string(),
    });
}

async fn clean_up(databases: &Databases, database: &ProjectDatabase, report: &mut BackUpReport) {
    let own = Some(&database.origin);
    match prune(&databases.settings, &database.name, own, false).await {
        Ok(pruned) => {
            report.removed.extend(pruned.removed);
            report.problems.extend(pruned.problems);
        }
        Err(error) => report.problems.push(operation::error_chain(&error)),
    }
}

/// Only once there is a new backup that is verified.
async fn remove_old_data(
    databases: &Databases,
    database: &ProjectDatabase,
    report: &mut BackUpReport,
) {
    match remove_replaced(&databases.restore_of(database), Timestamp::now()).await {
        Ok(removed) => report.removed_databases.extend(removed),
        Err(error) => report.problems.push(operation::error_chain(&error)),
    }
}

impl Present for BackUpReport {
    /// The identifiers were printed already.
    fn present(&self, reporter: &Reporter) {
        for PrunedBackup { database, id, reason } in &self.removed {
            reporter.info(format!("removed {id} of {database}: {reason}"));
        }
        for name in &self.removed_databases {
            reporter.info(format!("removed {name}, the data of before a restore"));
        }
        for problem in &self.problems {
            reporter.warn(format!("not removed: {problem}"));
        }
        reporter.emit(&Event::Report(Document::new(json!(self))));
    }
}
