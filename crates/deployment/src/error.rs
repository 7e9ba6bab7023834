use std::collections::BTreeSet;

use compose_runtime::ComposeRuntimeError;
use configuration::ConfigurationError;
use journal::{JournalError, LockError};
use operation::{Failure, FailureKind, OperationError, Present as _, counted};
use project_databases::ProjectDatabaseError;
use report::Reporter;

use crate::{
    deployed::DeploymentReport,
    one_off::CommandReport,
    plan::Finding,
    status_report::StatusReport,
    target::{LockHolder, TargetError},
};

/// Why a deployment or a rollback did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeploymentError {
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The Compose project cannot be found or read, or Compose is not installed.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// The target does not answer, or refuses.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The databases or their backups.
    #[error(transparent)]
    Databases(#[from] ProjectDatabaseError),
    /// Problems that were found before anything was changed.
    #[error("{} before anything was changed", counted(.0.len(), "problem"))]
    Preflight(Vec<Finding>),
    /// Another operation holds the target's lock, or a person has frozen it.
    #[error("{target} is locked: {holder}")]
    Locked {
        /// The target.
        target: String,
        /// Who holds the lock.
        holder: Box<LockHolder>,
    },
    /// There is nothing to go back to.
    #[error("{0}")]
    NoWayBack(String),
    /// Something at the target is not as it should be.
    #[error("{} found", counted(.0.problems.len(), "problem"))]
    Problems(Box<StatusReport>),
    /// The logs of these instances cannot be read; those of others were shown.
    #[error("the log of {} cannot be read", join(.0))]
    UnreadableLogs(BTreeSet<String>),
    /// A command did not end with exit code 0.
    #[error("`{}` in a container of {}: {}", .0.command.program, .0.command.service, .0.outcome)]
    CommandFailed(Box<CommandReport>),
    /// The user interrupted a command.
    #[error("`{}` was interrupted; its container is removed", .0.command.program)]
    CommandInterrupted(Box<CommandReport>),
    /// The new version is not good; the old one serves again.
    #[error("{reason}; {}", after_undo(*served_before))]
    Undone {
        /// Why the deployment was undone.
        reason: String,
        /// What was done and undone.
        report: Box<DeploymentReport>,
        /// Whether the user interrupted it.
        interrupted: bool,
        /// Whether anything ran before it.
        served_before: bool,
    },
    /// The earlier version serves, and the data is not that of the backup.
    #[error("the earlier version serves, but the data was not brought back")]
    DataNotRestored(Box<DeploymentReport>),
    /// The new version is not good, and the old one could not be brought back.
    #[error("{reason}; the old version could not be brought back: {problem}")]
    HalfWay {
        /// Why the deployment was to be undone.
        reason: String,
        /// Why that failed.
        problem: String,
    },
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn after_undo(served_before: bool) -> &'static str {
    if served_before { "the old version serves" } else { "what it started was removed" }
}

impl DeploymentError {
    /// Whether somebody else holds a lock.
    pub(crate) fn is_locked(&self) -> bool {
        let held =
            |error: &OperationError| matches!(error, OperationError::Lock(LockError::Held(_)));
        matches!(self, Self::Locked { .. }) || matches!(self, Self::Operation(error) if held(error))
    }
}

impl From<JournalError> for DeploymentError {
    fn from(error: JournalError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<LockError> for DeploymentError {
    fn from(error: LockError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<ConfigurationError> for DeploymentError {
    fn from(error: ConfigurationError) -> Self {
        Self::Operation(error.into())
    }
}

impl Failure for DeploymentError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Operation(error) => error.kind(),
            // The original scripts, which had another code, did not deploy.
            Self::Compose(ComposeRuntimeError::NoComposeFile { .. }) => FailureKind::Usage,
            Self::Compose(error) => error.kind(),
            Self::Databases(error) => error.kind(),
            Self::Preflight(_)
            | Self::Locked { .. }
            | Self::NoWayBack(_)
            | Self::Target(TargetError::Refused { .. }) => FailureKind::Refused,
            Self::Undone { interrupted: true, .. } | Self::CommandInterrupted(_) => {
                FailureKind::Interrupted
            }
            Self::Target(_)
            | Self::Undone { .. }
            | Self::UnreadableLogs(_)
            | Self::CommandFailed(_) => FailureKind::Failed,
            Self::Problems(_) => FailureKind::Difference,
            Self::HalfWay { .. } | Self::DataNotRestored(_) => FailureKind::HalfWay,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Operation(error) => error.advice(),
            Self::Compose(error) => error.advice(),
            Self::Target(error) => error.advice(),
            Self::Databases(error) => error.advice(),
            Self::Locked { holder, .. } if holder.is_freeze() => {
                Some("`deploy --unlock` ends the freeze")
            }
            Self::Locked { .. } => Some(
                "wait for it with `--wait-for-lock 10m`; if its machine is gone, `deploy --unlock`",
            ),
            Self::DataNotRestored(_) => Some("the report says why; restore the data by hand"),
            Self::HalfWay { .. } => {
                Some("`deploy --abort` tries again; `deployment-status` shows what runs")
            }
            Self::UnreadableLogs(_) => {
                Some("use a log driver whose logs the engine can read, such as `local`")
            }
            Self::Preflight(_)
            | Self::NoWayBack(_)
            | Self::Problems(_)
            | Self::CommandFailed(_)
            | Self::CommandInterrupted(_)
            | Self::Undone { .. } => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Operation(error) => error.items(),
            Self::Compose(error) => error.items(),
            Self::Problems(status) => status.problems.clone(),
            Self::Preflight(findings) => findings.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    fn present(&self, reporter: &Reporter) {
        match self {
            Self::Undone { report, .. } | Self::DataNotRestored(report) => {
                report.present(reporter);
            }
            Self::Problems(status) => status.present(reporter),
            Self::CommandFailed(report) | Self::CommandInterrupted(report) => {
                report.present(reporter);
            }
            _ => {}
        }
    }
}
