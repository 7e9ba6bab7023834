//! What prevents data from being secured or brought back, or may.

use std::collections::BTreeSet;

use configuration::{DataCommands, Database};
use operation::{Environment, Failure as _, LocalProject, OperationError, error_chain};
use project_databases::{BackupSet, PredictedSpace, ProjectDatabase, ProjectDatabaseError};

use super::{DatabaseGate, stopped_services};
use crate::{
    plan::{DeploymentPlan, Finding, StepId},
    stopped_writers::foreign_problems,
    target::Target,
};

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
        Some(_) => match place.0.writers().await {
            Ok(writers) => foreign_problems(&writers),
            Err(error) => vec![error.to_string()],
        },
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

impl DatabaseGate<'_> {
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
