//! The backups of the databases, as part of the state of a target.

use jiff::Timestamp;
use operation::{Environment, LocalProject, OperationError, error_chain};
use project_databases::{BackupSettings, BackupState, Origin};

use crate::{ComposeTarget, DeploymentError, status_report::StatusReport};

/// Adds the backups of the databases that the project declares. A database without a verified
/// backup, or with one that is too old, is a problem, and so is whatever keeps backups from
/// being looked at.
pub async fn with_databases(
    mut report: StatusReport,
    (target, destination): (&ComposeTarget, Option<&str>),
    project: &LocalProject,
    environment: &Environment,
) -> StatusReport {
    let configuration = &project.configuration;
    let is_elsewhere =
        configuration.deploy.data.is_some() && configuration.backups.directory.is_none();
    if configuration.databases.is_empty() || is_elsewhere {
        return report;
    }
    match states((target, destination), project, environment).await {
        Ok(states) => {
            report.problems.extend(states.iter().flat_map(|state| state.problems.clone()));
            report.databases = states;
        }
        Err(error) => report.problems.push(format!("backups: {}", error_chain(&error))),
    }
    report
}

fn settings(
    project: &LocalProject,
    environment: &Environment,
    destination: Option<&str>,
) -> Result<BackupSettings, DeploymentError> {
    let settings = BackupSettings::new(project, environment, destination)?;
    if settings.folder.exists() {
        return Ok(settings);
    }
    let problem = format!(
        "the folder {} does not exist: no database was backed up, or its disk is not mounted",
        settings.folder.display()
    );
    Err(OperationError::precondition(problem, "run `backup-databases`").into())
}

async fn states(
    (target, destination): (&ComposeTarget, Option<&str>),
    project: &LocalProject,
    environment: &Environment,
) -> Result<Vec<BackupState>, DeploymentError> {
    let settings = settings(project, environment, destination)?;
    let origin = target.data_origin().await?;
    let names = project.configuration.databases.keys();
    names.map(|name| state_of(&settings, &origin, name)).collect()
}

fn state_of(
    settings: &BackupSettings,
    origin: &Origin,
    name: &str,
) -> Result<BackupState, DeploymentError> {
    let name = project_databases::database_name(name)?;
    Ok(BackupState::of(settings, &name, origin, Timestamp::now())?)
}
