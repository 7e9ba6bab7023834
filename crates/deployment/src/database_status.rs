//! The backups of the databases, as part of the state of a target.

use jiff::Timestamp;
use operation::{Environment, LocalProject, OperationError, error_chain};
use project_databases::{BackupSettings, BackupState, ProjectDatabaseError};

use crate::status_report::StatusReport;

/// Adds the backups of the databases that the project declares. A database without a verified
/// backup, or with one that is too old, is a problem, and so is whatever keeps backups from
/// being looked at.
#[must_use]
pub fn with_databases(
    mut report: StatusReport,
    project: &LocalProject,
    environment: &Environment,
    destination: Option<&str>,
) -> StatusReport {
    let configuration = &project.configuration;
    let is_elsewhere =
        configuration.deploy.data.is_some() && configuration.backups.directory.is_none();
    if configuration.databases.is_empty() || is_elsewhere {
        return report;
    }
    match states(project, environment, destination) {
        Ok(states) => {
            report.problems.extend(states.iter().flat_map(|state| state.problems.clone()));
            report.databases = states;
        }
        Err(error) => report.problems.push(format!("backups: {}", error_chain(&error))),
    }
    report
}

fn states(
    project: &LocalProject,
    environment: &Environment,
    destination: Option<&str>,
) -> Result<Vec<BackupState>, ProjectDatabaseError> {
    let settings = BackupSettings::new(project, environment, destination)?;
    if !settings.folder.exists() {
        let problem = format!(
            "the folder {} does not exist: no database was backed up, or its disk is not mounted",
            settings.folder.display()
        );
        return Err(OperationError::precondition(problem, "run `backup-databases`").into());
    }
    let names = project.configuration.databases.keys();
    names.map(|name| state_of(&settings, name)).collect()
}

fn state_of(settings: &BackupSettings, name: &str) -> Result<BackupState, ProjectDatabaseError> {
    let name = project_databases::database_name(name)?;
    BackupState::of(settings, &name, Timestamp::now())
}
