//! The databases of the project as a data gate.

mod findings;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use configuration::{Configuration, Database};
use operation::{Environment, LocalProject};
use project_databases::{
    Backup, BackupId, BackupKind, BackupRequest, BackupSet, BackupSettings, DatabaseName,
    DatabaseRestore, PreparedRestore, ProjectDatabase, ProjectDatabaseError, prune,
};
use report::RunningStep;

pub(crate) use findings::data_findings;

use crate::{
    data_gate::DataGate,
    plan::{Action, DeploymentPlan, StepId},
    project_command::ProjectCommands,
    step_error::DeploymentStepError,
    target::Target,
};

/// Backs up the databases that the project declares, and restores them.
pub(crate) struct DatabaseGate<'a> {
    target: &'a dyn Target,
    settings: BackupSettings,
    databases: BTreeMap<String, Database>,
    deployment: String,
    performer: String,
    /// The backup that the plan brings back.
    restored: Option<String>,
    /// The services that are stopped before their data is secured; `None` where nothing is.
    stopped: Option<BTreeSet<String>>,
}

impl<'a> DatabaseGate<'a> {
    /// The gate of a plan at a destination; `None` when the project declares no database, or
    /// when the plan does nothing with data.
    ///
    /// # Errors
    /// When the configuration of backups cannot be used.
    pub(crate) fn of_plan(
        (target, destination): (&'a dyn Target, Option<&str>),
        project: &LocalProject,
        environment: &Environment,
        plan: &DeploymentPlan,
    ) -> Result<Option<Self>, ProjectDatabaseError> {
        let databases = declared(&project.configuration, plan);
        let ids = [StepId::SecureData, StepId::RestoreData, StepId::SecureSuccess, StepId::CleanUp];
        if databases.is_empty() || !ids.iter().any(|id| plan.steps.get(id).is_some()) {
            return Ok(None);
        }
        Ok(Some(Self {
            target,
            settings: BackupSettings::new(project, environment, destination)?,
            databases,
            deployment: plan.id.clone(),
            performer: environment.performer(),
            restored: restored_backup(plan),
            stopped: stopped_services(plan),
        }))
    }
}

/// Those of the infrastructure that is replaced, else all.
fn declared(configuration: &Configuration, plan: &DeploymentPlan) -> BTreeMap<String, Database> {
    let infrastructure = plan.infrastructure();
    let databases = configuration.databases.iter();
    let databases = databases
        .filter(|(_, database)| infrastructure.is_none_or(|service| database.service == service));
    databases.map(|(name, database)| (name.clone(), database.clone())).collect()
}

fn restored_backup(plan: &DeploymentPlan) -> Option<String> {
    plan.steps.iter().find_map(|step| match &step.action {
        Action::RestoreData { backup, .. } => Some(backup.clone()),
        _ => None,
    })
}

fn stopped_services(plan: &DeploymentPlan) -> Option<BTreeSet<String>> {
    plan.steps.iter().find_map(|step| match &step.action {
        Action::StopServices { services } => {
            Some(services.iter().map(|running| running.service.clone()).collect())
        }
        _ => None,
    })
}

#[async_trait(?Send)]
impl DataGate for DatabaseGate<'_> {
    async fn secure(
        &self,
        _: &ProjectCommands,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        let connected = self.target.connect_databases(&self.databases).await?;
        let backups = self.back_up(&connected, BackupKind::PreDeployment, progress).await?;
        for (database, id) in &backups.0 {
            self.settings.keep_for(&self.deployment, database, *id)?;
        }
        Ok(backups.to_string())
    }

    /// What it was verified by when it was made is recorded; a restore compares all of it
    /// again before it replaces anything.
    async fn verify(
        &self,
        _: &ProjectCommands,
        backup: &str,
        _: &RunningStep,
    ) -> Result<(), DeploymentStepError> {
        let backups: BackupSet = backup.parse().map_err(DeploymentStepError::Unfit)?;
        for (database, id) in backups.0 {
            let found = self.settings.store.find(&database, id);
            if !found.map_err(ProjectDatabaseError::from)?.manifest.is_verified() {
                let problem = format!("the backup {id} of {database} is not verified");
                return Err(DeploymentStepError::Unfit(problem));
            }
        }
        Ok(())
    }

    async fn restore(
        &self,
        _: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        self.restore_set(backup, Attempt::Only, progress).await
    }

    async fn bring_back(
        &self,
        _: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        self.restore_set(backup, Attempt::AfterOthers, progress).await
    }

    async fn leave_restore(&self) -> Result<(), DeploymentStepError> {
        for database in &self.target.connect_databases(&self.databases).await? {
            let (settings, accepts_foreign) = (&self.settings, false);
            DatabaseRestore { database, settings, accepts_foreign }.leave().await?;
        }
        Ok(())
    }

    fn release(&self, deployment: &str) -> Result<(), DeploymentStepError> {
        for name in self.databases.keys() {
            let database = project_databases::database_name(name)?;
            self.settings.release(deployment, &database)?;
        }
        Ok(())
    }

    async fn secure_success(&self, progress: &RunningStep) -> Result<String, DeploymentStepError> {
        let connected = self.target.connect_databases(&self.databases).await?;
        let backups = self.back_up(&connected, BackupKind::Success, progress).await?;
        for database in &connected {
            for problem in
                prune(&self.settings, &database.name, Some(&database.origin), false).await?.problems
            {
                progress.line(&format!("not removed: {problem}"));
            }
        }
        Ok(backups.to_string())
    }
}

/// Whether a restore may have been attempted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Only,
    AfterOthers,
}

impl DatabaseGate<'_> {
    async fn restore_set(
        &self,
        backup: &str,
        attempt: Attempt,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        let backups: BackupSet = backup.parse().map_err(DeploymentStepError::Unfit)?;
        let connected = self.target.connect_databases(&self.databases).await?;
        let replaced = self.restore_all(&connected, &backups, attempt, progress).await?;
        Ok(match (replaced.is_empty(), attempt) {
            (true, Attempt::Only) => format!("{backup} is back; there was no data before"),
            // An earlier attempt may have replaced it.
            (true, Attempt::AfterOthers) => format!("{backup} is back"),
            (false, _) => format!("{backup} is back; the old data is in {}", replaced.join(", ")),
        })
    }

    async fn back_up(
        &self,
        databases: &[ProjectDatabase],
        kind: BackupKind,
        progress: &RunningStep,
    ) -> Result<BackupSet, ProjectDatabaseError> {
        let request = BackupRequest {
            kind,
            verify: None,
            deployment: Some(self.deployment.clone()),
            performer: self.performer.clone(),
        };
        let mut made = BackupSet::default();
        for database in databases {
            progress.line(&format!("backing up {}", database.name));
            let backup = database.back_up(&self.settings, &request, progress).await?;
            made.0.push((database.name.clone(), backup.id()));
        }
        Ok(made)
    }

    /// Every backup is ready before the first one replaces anything.
    async fn restore_all(
        &self,
        databases: &[ProjectDatabase],
        backups: &BackupSet,
        attempt: Attempt,
        progress: &RunningStep,
    ) -> Result<Vec<String>, ProjectDatabaseError> {
        let mut prepared = Vec::new();
        for (name, id) in &backups.0 {
            match self.prepare(databases, (name, *id), attempt, progress).await {
                Ok(ready) => prepared.extend(ready),
                Err(error) => {
                    abandon(&prepared).await;
                    return Err(error);
                }
            }
        }
        let mut replaced = Vec::new();
        for (number, (restore, backup, ready)) in prepared.iter().enumerate() {
            match restore.complete(backup, ready, &self.performer, progress).await {
                Ok(data) => replaced.extend(data.map(|data| data.to_string())),
                Err(error) => {
                    abandon(&prepared[number + 1..]).await;
                    return Err(error);
                }
            }
        }
        Ok(replaced)
    }

    async fn prepare<'b>(
        &'b self,
        databases: &'b [ProjectDatabase],
        (name, id): (&DatabaseName, BackupId),
        attempt: Attempt,
        progress: &RunningStep,
    ) -> Result<Option<ReadyRestore<'b>>, ProjectDatabaseError> {
        let restore = self.restore_of(databases, name)?;
        let backup = self.settings.store.find(name, id)?;
        let ready = match attempt {
            Attempt::Only => Some(restore.prepare(&backup, &self.performer, progress).await?),
            Attempt::AfterOthers => {
                restore.prepare_again(&backup, &self.performer, progress).await?
            }
        };
        Ok(ready.map(|ready| (restore, backup, ready)))
    }

    fn restore_of<'b>(
        &'b self,
        databases: &'b [ProjectDatabase],
        name: &DatabaseName,
    ) -> Result<DatabaseRestore<'b>, ProjectDatabaseError> {
        let database = databases.iter().find(|database| database.name == *name);
        let database = database.ok_or_else(|| ProjectDatabaseError::undeclared(name))?;
        Ok(DatabaseRestore { database, settings: &self.settings, accepts_foreign: false })
    }
}

/// A restore, its backup, and what is ready to be replaced by it.
type ReadyRestore<'a> = (DatabaseRestore<'a>, Backup, PreparedRestore);

/// What failed before matters more; what stays is named by the next restore.
async fn abandon(prepared: &[ReadyRestore<'_>]) {
    for (restore, _, ready) in prepared {
        let _ = restore.abandon(ready).await;
    }
}
