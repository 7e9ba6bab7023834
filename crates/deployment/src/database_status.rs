//! The backups of the databases, as part of the state of a target.

use jiff::Timestamp;
use operation::{Environment, LocalProject};
use project_databases::{BackupSettings, BackupState, ProjectDatabaseError};

use crate::{DeploymentError, status_report::StatusReport};

/// Adds the backups of the databases that the project declares. A database without a verified
/// backup, or with one that is too old, is a problem.
///
/// # Errors
/// When the configuration of backups cannot be used.
pub fn with_databases(
    report: StatusReport,
    project: &LocalProject,
    environment: &Environment,
    destination: Option<&str>,
) -> Result<StatusReport, DeploymentError> {
    let declared = &project.configuration.databases;
    if declared.is_empty() {
        return Ok(report);
    }
    let settings = BackupSettings::new(project, environment, destination)?;
    if !settings.folder.exists() {
        let mut report = report;
        let folder = settings.folder.display();
        report.problems.push(format!(
            "the folder of backups, {folder}, does not exist: no database was backed up, or its \
             disk is not mounted"
        ));
        return Ok(report);
    }
    declared.keys().try_fold(report, |mut report, name| {
        let state = state_of(&settings, name)?;
        report.problems.extend(state.problems.clone());
        report.databases.push(state);
        Ok(report)
    })
}

fn state_of(settings: &BackupSettings, name: &str) -> Result<BackupState, ProjectDatabaseError> {
    let name = project_databases::database_name(name)?;
    BackupState::of(settings, &name, Timestamp::now())
}
