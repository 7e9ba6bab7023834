use std::error::Error;

use configuration::ConfigurationError;
use journal::{JournalError, LockError};
use local_docker::EngineError;

use crate::{Failure, FailureKind, error_chain};

/// Failures that the operations of all capabilities share.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The project's files or their state do not allow the operation.
    #[error("{problem}")]
    Precondition {
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: Option<String>,
        /// The reason, where there is one.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The request makes no sense for this project.
    #[error("{problem}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Another operation holds the project's lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A service or tool could not be used.
    #[error("cannot {action}")]
    Service {
        /// What was attempted: `connect to the Docker Engine`.
        action: String,
        /// What to do.
        advice: Option<String>,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Several problems, or the failures of several targets.
    #[error("{problem}")]
    Several {
        /// All of them, in a sentence.
        problem: String,
        /// Each of them.
        items: Vec<String>,
        /// How the operation ended.
        kind: FailureKind,
        /// What to do.
        advice: Option<String>,
    },
    /// The user was asked for confirmation and declined.
    #[error("declined; nothing was changed")]
    Declined,
    /// Ctrl-C or SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

impl OperationError {
    /// A precondition that does not hold, with advice.
    #[must_use]
    pub fn precondition(problem: impl Into<String>, advice: &str) -> Self {
        let advice = Some(advice.to_owned());
        Self::Precondition { problem: problem.into(), advice, source: None }
    }

    /// A request that makes no sense for this project.
    #[must_use]
    pub fn usage(problem: impl Into<String>, advice: &str) -> Self {
        Self::Usage { problem: problem.into(), advice: advice.to_owned() }
    }

    /// Neither a home folder nor a state folder is configured.
    #[must_use]
    pub fn no_state_folder() -> Self {
        Self::precondition(
            "cannot find a folder for journals",
            "set HOME or XDG_STATE_HOME, or use --state-dir",
        )
    }

    /// A service that could not be used; `action` reads after "cannot".
    pub fn service<E: Error + Send + Sync + 'static>(
        action: &str,
        advice: Option<String>,
    ) -> impl FnOnce(E) -> Self {
        let action = action.to_owned();
        move |source| Self::Service { action, advice, source: Box::new(source) }
    }

    /// A Docker Engine that did not do what `action` names, with its own advice.
    pub fn engine(action: &str) -> impl FnOnce(EngineError) -> Self {
        let action = action.to_owned();
        move |error| {
            let advice = error.advice().map(str::to_owned);
            if error.is_invalid_endpoint() {
                return Self::usage(error_chain(&error), &advice.unwrap_or_default());
            }
            Self::service(&action, advice)(error)
        }
    }
}

impl Failure for OperationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Configuration(_) | Self::Usage { .. } => FailureKind::Usage,
            Self::Precondition { .. } | Self::Lock(LockError::Held(_)) => FailureKind::Refused,
            Self::Several { kind, .. } => *kind,
            Self::Interrupted => FailureKind::Interrupted,
            Self::Lock(_) | Self::Journal(_) | Self::Service { .. } | Self::Declined => {
                FailureKind::Failed
            }
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Precondition { advice, .. }
            | Self::Service { advice, .. }
            | Self::Several { advice, .. } => advice.as_deref(),
            Self::Usage { advice, .. } => Some(advice),
            _ => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Several { items, .. } => items.clone(),
            _ => Vec::new(),
        }
    }
}
