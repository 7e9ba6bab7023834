use compose_runtime::ComposeRuntimeError;
use operation::{Failure, FailureKind, OperationError, counted};

/// Why images were not removed, or not all of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CleanError {
    /// The project's Compose files cannot be found or read.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The plan would have removed what must stay; nothing was removed.
    #[error("the plan would remove what must stay; nothing was removed")]
    UnsafePlan(Vec<String>),
    /// Some images could not be removed.
    #[error("not everything could be removed: {}", .0.join("; "))]
    Incomplete(Vec<String>),
    /// What the engine holds afterwards is not what was reported.
    #[error("{} found", counted(.0.len(), "difference"))]
    Differences(Vec<String>),
}

impl Failure for CleanError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Compose(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::UnsafePlan(_) => FailureKind::Refused,
            Self::Incomplete(_) => FailureKind::HalfWay,
            Self::Differences(_) => FailureKind::Difference,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Compose(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::UnsafePlan(_) => Some("this is a defect of the program: please report it"),
            Self::Incomplete(_) => Some("run the same command again"),
            Self::Differences(_) => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Compose(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::UnsafePlan(items) | Self::Differences(items) => items.clone(),
            Self::Incomplete(_) => Vec::new(),
        }
    }
}
