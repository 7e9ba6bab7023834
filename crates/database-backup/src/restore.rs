use backup_retention::BackupId;
use backup_store::Backup;
use jiff::Timestamp;
use operation::{Environment, OperationError, Present, until_interrupted};
use project_databases::{
    EndedRestore, PreparedRestore, ProjectDatabase, ProjectDatabaseError, ReplacedData,
    RestoreEnding,
};
use report::{Document, Event, Reporter, RunningStep, StepState};
use serde::Serialize;
use serde_json::json;

use crate::{BackupChoice, Databases, RestorePlan};

/// What to restore.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The database; `None` for the only one.
    pub database: Option<String>,
    /// The backup.
    pub backup: BackupChoice,
    /// Whether the user has confirmed already that data is replaced.
    pub confirmed: bool,
}

/// A database that was restored.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreReport {
    /// The database.
    pub database: String,
    /// The backup whose data serves.
    pub backup: BackupId,
    /// The database in which the data is that was replaced.
    pub kept_database: Option<String>,
    /// The backup in which it is.
    pub kept_backup: Option<BackupId>,
}

/// Prepares a restore, shows what it would replace, and gives it up.
///
/// # Errors
/// [`ProjectDatabaseError`] when the backup cannot be restored.
pub async fn preview_restore(
    databases: &Databases,
    environment: &Environment,
    request: &RestoreRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<RestorePlan, ProjectDatabaseError> {
    let previewing = async {
        let restore = Restore::prepare(databases, environment, request).await?;
        restore.abandon(databases).await?;
        Ok(restore.plan())
    };
    databases.locked(environment, until_interrupted(interrupt, previewing)).await
}

/// Replaces the data of a database by that of a backup, after the user has confirmed what is
/// lost. Until then nothing that users see is changed.
///
/// # Errors
/// [`ProjectDatabaseError`]; [`operation::OperationError::Declined`] with the old data serving.
pub async fn restore_database(
    databases: &Databases,
    environment: &Environment,
    request: &RestoreRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<RestoreReport, ProjectDatabaseError> {
    if !request.confirmed && environment.confirm.is_none() {
        // Otherwise the refusal would come after the whole restore beside.
        environment.require_confirmation("replacing data", "")?;
    }
    let restoring = replace_confirmed(databases, environment, request, interrupt);
    databases.locked(environment, restoring).await
}

async fn replace_confirmed(
    databases: &Databases,
    environment: &Environment,
    request: &RestoreRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<RestoreReport, ProjectDatabaseError> {
    let preparing = Restore::prepare(databases, environment, request);
    let restore = until_interrupted(interrupt, preparing).await?;
    let plan = restore.plan();
    plan.present(&environment.reporter);
    let action = format!("replacing the data of {}", plan.database);
    let question = format!("{} Replace the data of {}?", plan.loss(), plan.database);
    if let Err(error) = confirm(environment, request.confirmed, &action, &question) {
        restore.abandon(databases).await?;
        return Err(error.into());
    }
    restore.complete(databases, environment).await
}

/// A restore that is prepared.
struct Restore {
    database: ProjectDatabase,
    backup: Backup,
    prepared: PreparedRestore,
    performer: String,
}

impl Restore {
    async fn prepare(
        databases: &Databases,
        environment: &Environment,
        request: &RestoreRequest,
    ) -> Result<Self, ProjectDatabaseError> {
        let declared = databases.only(request.database.as_deref())?;
        let title = format!("Prepare the restore of {} of {}", request.backup, declared.name);
        let step = environment.reporter.step("prepare", &title);
        let preparing = async {
            let database = databases.connect(&declared).await?;
            let backup = databases.find(request.backup, &database).await?;
            let performer = environment.performer();
            let restore = databases.restore_of(&database);
            let prepared = restore.prepare(&backup, &performer, &step).await?;
            Ok(Self { database, backup, prepared, performer })
        };
        finished(&step, preparing.await, |restore| format!("{} is complete", restore.backup.id()))
    }

    async fn abandon(&self, databases: &Databases) -> Result<(), ProjectDatabaseError> {
        databases.restore_of(&self.database).abandon(&self.prepared).await
    }

    fn plan(&self) -> RestorePlan {
        let name = self.database.name.as_str();
        RestorePlan::new(name, &self.backup, &self.prepared, Timestamp::now())
    }

    async fn complete(
        self,
        databases: &Databases,
        environment: &Environment,
    ) -> Result<RestoreReport, ProjectDatabaseError> {
        let Self { database, backup, prepared, performer } = self;
        let step =
            environment.reporter.step("replace", &format!("Replace the data of {}", database.name));
        let restore = databases.restore_of(&database);
        let replaced = restore.complete(&backup, &prepared, &performer, &step).await;
        let replaced = finished(&step, replaced, |_| format!("that of {} serves", backup.id()))?;
        let (kept_database, kept_backup) = match replaced {
            None => (None, None),
            Some(ReplacedData::Database(name)) => (Some(name), None),
            Some(ReplacedData::Backup(id, name)) => (name, Some(id)),
        };
        let (database, backup) = (database.name.to_string(), backup.id());
        Ok(RestoreReport { database, backup, kept_database, kept_backup })
    }
}

fn finished<T>(
    step: &RunningStep,
    outcome: Result<T, ProjectDatabaseError>,
    evidence: impl Fn(&T) -> String,
) -> Result<T, ProjectDatabaseError> {
    match &outcome {
        Ok(value) => step.finish(StepState::Done, &evidence(value)),
        Err(error) => step.finish(StepState::Failed, &operation::error_chain(error)),
    };
    outcome
}

/// Ends a restore that has left a database: undoes it, confirms it, or removes what it left.
///
/// # Errors
/// [`ProjectDatabaseError::Operation`] when there is no such restore, and
/// [`operation::OperationError::Declined`].
pub async fn end_restore(
    databases: &Databases,
    environment: &Environment,
    name: Option<&str>,
    ending: RestoreEnding,
    confirmed: bool,
) -> Result<(), ProjectDatabaseError> {
    let declared = databases.only(name)?;
    let database = databases.connect(&declared).await?;
    let restore = databases.restore_of(&database);
    let ending = async {
        let ended = restore.find(ending).await?;
        let (action, question) = question(ending, &ended, declared.name.as_str());
        confirm(environment, confirmed, action, &question)?;
        restore.end(&ended).await?;
        environment.reporter.ok(outcome(ending, &ended, declared.name.as_str()));
        Ok(())
    };
    databases.locked(environment, ending).await
}

/// Restores a backup under another name in the same server, beside the data, which stays as it
/// is.
///
/// # Errors
/// When there is something of this name; [`ProjectDatabaseError`] when the backup cannot be
/// restored.
pub async fn restore_copy(
    databases: &Databases,
    environment: &Environment,
    request: &RestoreRequest,
    name: &str,
    interrupt: impl Future<Output = ()>,
) -> Result<(), ProjectDatabaseError> {
    let declared = databases.only(request.database.as_deref())?;
    let title = format!("Restore {} of {} as {name}", request.backup, declared.name);
    let step = environment.reporter.step("copy", &title);
    let copying = async {
        let database = databases.connect(&declared).await?;
        let backup = databases.find(request.backup, &database).await?;
        databases.restore_of(&database).restore_into(&backup, name, &step).await?;
        Ok(backup.id())
    };
    let copied = until_interrupted(interrupt, copying).await;
    finished(&step, copied, |id| format!("{name} has the data of {id}")).map(drop)
}

/// What is done, as a gerund, and the question whether it may be.
fn question(ending: RestoreEnding, ended: &EndedRestore, name: &str) -> (&'static str, String) {
    let database = &ended.database;
    match ending {
        RestoreEnding::Complete => (
            "completing a restore",
            format!("Let {database}, which a restore of {name} has left, serve as {name}?"),
        ),
        RestoreEnding::Undo => (
            "undoing a restore",
            format!("Let {database} serve again, the data of {name} from before the restore?"),
        ),
        RestoreEnding::Confirm => (
            "removing the old data",
            format!("Remove {database}, the data of {name} from before the restore?"),
        ),
        RestoreEnding::Discard => (
            "removing what a restore has left",
            format!("Remove {database}, which a restore of {name} has left beside the data?"),
        ),
    }
}

fn outcome(ending: RestoreEnding, ended: &EndedRestore, name: &str) -> String {
    let EndedRestore { database, beside, .. } = ended;
    match ending {
        RestoreEnding::Complete => format!("the data of {database} serves as {name}"),
        RestoreEnding::Undo => format!(
            "the old data of {name} serves again; what was written since the restore is in \
             {beside}, which `restore-database --discard` removes"
        ),
        RestoreEnding::Confirm | RestoreEnding::Discard => format!("removed {database}"),
    }
}

/// Asks, unless the user has confirmed already; `action` is a gerund.
fn confirm(
    environment: &Environment,
    confirmed: bool,
    action: &str,
    question: &str,
) -> Result<(), OperationError> {
    if confirmed { Ok(()) } else { environment.require_confirmation(action, question) }
}

impl Present for RestoreReport {
    fn present(&self, reporter: &Reporter) {
        match (&self.kept_backup, &self.kept_database) {
            (None, None) => {}
            (None, Some(name)) => reporter.info(format!(
                "the old data is in database {name}: `restore-database --undo` brings it back, \
                 `restore-database --confirm` removes it"
            )),
            (Some(id), None) => reporter.info(format!(
                "the old data is in backup {id}: `restore-database {id}` brings it back"
            )),
            (Some(id), Some(name)) => reporter.info(format!(
                "the old data is in backup {id}, which `restore-database {id}` brings back, and \
                 its last state in database {name}, which `restore-database --confirm` removes"
            )),
        }
        reporter.emit(&Event::Report(Document::new(json!(self))));
    }
}
