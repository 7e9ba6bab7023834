use local_docker::EngineError;
use operation::OperationError;

use super::LockHolder;

/// Why the lock of a project was not taken or released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectLockError {
    /// The engine does not answer, or refuses.
    #[error("cannot {action}")]
    Engine {
        /// What was attempted.
        action: &'static str,
        /// The reason.
        source: EngineError,
    },
    /// Somebody else holds it.
    #[error("Compose project {project} is locked: {holder}")]
    Held {
        /// The project.
        project: String,
        /// Who holds it.
        holder: Box<LockHolder>,
    },
    /// What the lock says of its holder is not readable.
    #[error("cannot read who holds {name}: {source}")]
    Unreadable {
        /// The container.
        name: String,
        /// The reason.
        source: serde_json::Error,
    },
    /// The lock can neither be taken nor found.
    #[error("the container {name} exists, and the engine does not list it")]
    NotListed {
        /// The container.
        name: String,
    },
}

impl ProjectLockError {
    pub(super) fn engine(action: &'static str) -> impl FnOnce(EngineError) -> Self {
        move |source| Self::Engine { action, source }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Held { holder, .. } if holder.is_freeze() => "`deploy --unlock` ends the freeze",
            _ => "wait until the other operation has ended, then run the same command again",
        }
    }
}

impl From<ProjectLockError> for OperationError {
    fn from(error: ProjectLockError) -> Self {
        match error {
            ProjectLockError::Engine { action, source } => Self::engine(action)(source),
            error => Self::precondition(error.to_string(), error.advice()),
        }
    }
}
