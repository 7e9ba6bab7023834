//! The databases of the project as a data gate.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use configuration::{Configuration, DataCommands, Database};
use operation::{Environment, Failure as _, LocalProject, OperationError, error_chain};
use project_databases::{
    Backup, BackupId, BackupKind, BackupRequest, BackupSet, BackupSettings, DatabaseName,
    DatabaseRestore, PredictedSpace, PreparedRestore, ProjectDatabase, ProjectDatabaseError, prune,
};
use report::RunningStep;

use crate::{
    data_gate::DataGate,
    plan::{Action, DeploymentPlan, Finding, StepId},
    project_command::ProjectCommands,
    step_error::DeploymentStepError,
    stopped_writers::foreign_writers,
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

/// The backups of each database that a plan makes.
#[derive(Debug, Clone, Copy)]
struct PlannedBackups {
    all: u64,
    /// Whether the deployment fails without one of them.
    is_required: bool,
}

impl PlannedBackups {
    fn of(plan: &DeploymentPlan) -> Self {
        let ids = [StepId::SecureData, StepId::SecureSuccess];
        let all = ids.iter().filter(|id| plan.steps.get(id).is_some()).count() as u64;
        Self { all, is_required: plan.steps.get(&StepId::SecureData).is_some() }
    }
}

/// Why the data of a plan cannot be secured or brought back.
pub(crate) async fn data_findings(
    place: (&dyn Target, Option<&str>),
    project: &LocalProject,
    environment: &Environment,
    plan: &DeploymentPlan,
) -> Vec<Finding> {
    let problems = match stopped_services(plan) {
        None => Vec::new(),
        Some(_) => foreign_writers(place.0).await.unwrap_or_else(|error| vec![error.to_string()]),
    };
    let mut findings: Vec<Finding> = problems.into_iter().map(data_finding).collect();
    match &project.configuration.deploy.data {
        Some(commands) => findings.extend(missing_command(commands, plan).map(data_finding)),
        None => findings.extend(gate_findings(place, project, environment, plan).await),
    }
    findings
}

fn data_finding(problem: String) -> Finding {
    Finding::Data { problem }
}

fn missing_command(commands: &DataCommands, plan: &DeploymentPlan) -> Option<String> {
    let problem = "`deploy.database.on-failure` is \"restore\", and `deploy.data.restore` has no \
                   command that brings a backup back";
    let is_missing = stopped_services(plan).is_some() && commands.restore.is_none();
    is_missing.then(|| problem.to_owned())
}

async fn gate_findings(
    place: (&dyn Target, Option<&str>),
    project: &LocalProject,
    environment: &Environment,
    plan: &DeploymentPlan,
) -> Vec<Finding> {
    let findings = match DatabaseGate::of_plan(place, project, environment, plan) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(gate)) => gate.findings(PlannedBackups::of(plan)).await,
        Err(error) => Err(error),
    };
    findings.unwrap_or_else(|error| vec![data_finding(with_advice(&error))])
}

fn with_advice(error: &ProjectDatabaseError) -> String {
    let problem = error_chain(error);
    error.advice().map_or_else(|| problem.clone(), |advice| format!("{problem}; {advice}"))
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
        Ok(match replaced.is_empty() {
            true => format!("{backup} is back"),
            false => format!("{backup} is back; the old data is in {}", replaced.join(", ")),
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

    /// A database whose server is stopped with the application cannot be backed up then.
    fn stopped_databases(&self, stopped: &BTreeSet<String>) -> Vec<String> {
        let databases = self.databases.iter();
        let databases = databases.filter(|(_, database)| stopped.contains(&database.service));
        let problem = |(name, database): (&String, &Database)| {
            format!(
                "database {name} is in {}, which `deploy.database.on-failure = \"restore\"` stops \
                 before its backup; set it to \"keep\"",
                database.service
            )
        };
        databases.map(problem).collect()
    }

    /// What prevents the gate from doing its work, or may.
    async fn findings(
        &self,
        backups: PlannedBackups,
    ) -> Result<Vec<Finding>, ProjectDatabaseError> {
        self.settings.require_key()?;
        let stopped = self.stopped.iter().flat_map(|stopped| self.stopped_databases(stopped));
        let stopped: Vec<Finding> = stopped.map(data_finding).collect();
        if !stopped.is_empty() {
            return Ok(stopped);
        }
        let connected = self.target.connect_databases(&self.databases).await?;
        self.require_restorable(&connected).await?;
        let space = PredictedSpace::of(&self.settings, &connected).await?;
        Ok(self.disk_finding(space, backups).into_iter().collect())
    }

    /// Refuses when a backup that is to come back cannot be restored.
    async fn require_restorable(
        &self,
        connected: &[ProjectDatabase],
    ) -> Result<(), ProjectDatabaseError> {
        for database in connected.iter().filter(|_| self.stopped.is_some()) {
            self.restore_of(connected, &database.name)?.require_no_open_restore().await?;
        }
        let Some(restored) = &self.restored else { return Ok(()) };
        let backups: BackupSet = restored.parse().map_err(|problem: String| {
            OperationError::usage(problem, "`backup-databases --list` names the backups")
        })?;
        for (name, id) in &backups.0 {
            self.settings.store.find(name, *id)?;
            self.restore_of(connected, name)?.require_no_open_restore().await?;
        }
        Ok(())
    }

    /// Data may have grown or shrunk since the newest backup. A folder whose disk cannot be
    /// measured is not predicted.
    fn disk_finding(&self, space: PredictedSpace, backups: PlannedBackups) -> Option<Finding> {
        let free = self.settings.store.free_bytes()?;
        let folder = self.settings.folder.display().to_string();
        let usual = (space.earlier + space.at_most).saturating_mul(backups.all);
        if backups.is_required && space.earlier > free {
            return Some(Finding::BackupDiskTooSmall { least: space.earlier, free, folder });
        }
        (usual > free).then_some(Finding::BackupDiskMayBeTooSmall { usual, free, folder })
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
