use journal::JournalError;
use operation::Failure as _;
use process::ProcessError;
use project_databases::ProjectDatabaseError;
use step_runner::StepError;

use crate::target::TargetError;

/// Why a step of a deployment failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeploymentStepError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Databases(#[from] ProjectDatabaseError),
    /// What an earlier step should have recorded is not in the journal.
    #[error("the journal has no record of {0}")]
    NotRecorded(String),
    /// A command in a container of the new image failed.
    #[error("`{command}` {ending}:\n{output}")]
    CommandFailed { command: String, ending: String, output: String },
    /// The new version of a service does not work where nobody reaches it.
    #[error("the trial of {service} failed: {reason}; the last that it printed:\n{output}")]
    TrialFailed { service: String, reason: String, output: String },
    /// The new version is not good.
    #[error("{0}")]
    Unfit(String),
}

impl StepError for DeploymentStepError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Target(error) => error.advice().map(str::to_owned),
            Self::Databases(error) => error.advice().map(str::to_owned),
            _ => None,
        }
    }
}
