use compose_runtime::ComposeRuntimeError;
use operation::{Failure, FailureKind, OperationError};

/// Why a cleanup could not be planned; nothing was removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreparationError {
    /// The project's Compose files cannot be found or read.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The plan would have removed what must be kept.
    #[error("the plan would remove what must be kept; nothing was removed")]
    UnsafePlan(Vec<String>),
}

impl Failure for PreparationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Compose(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::UnsafePlan(_) => FailureKind::Refused,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Compose(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::UnsafePlan(_) => Some("this is a bug in the program: please report it"),
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Compose(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::UnsafePlan(violations) => violations.clone(),
        }
    }
}
