use compose::ComposeError;
use compose_runtime::ComposeRuntimeError;
use operation::{Failure, FailureKind, OperationError, counted};

/// Why Compose projects are not down, or not up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifecycleError {
    /// The Compose projects cannot be found or read.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// A project is not down: something is left that should not be.
    #[error("project {project} is not down: {}", problems.join("; "))]
    NotDown {
        /// Name of the project.
        project: String,
        /// What went wrong and what is left.
        problems: Vec<String>,
        /// Whether anything was removed.
        changed: bool,
    },
    /// Containers run something else than their registry serves.
    #[error("{} found", counted(.0.len(), "difference"))]
    Differences(Vec<String>),
}

impl From<ComposeError> for LifecycleError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error.into())
    }
}

impl Failure for LifecycleError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Compose(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::NotDown { changed: true, .. } => FailureKind::HalfWay,
            Self::NotDown { changed: false, .. } => FailureKind::Failed,
            Self::Differences(_) => FailureKind::Difference,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Compose(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::NotDown { .. } => Some("the report says what is left and what removes it"),
            Self::Differences(_) => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Compose(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::NotDown { .. } => Vec::new(),
            Self::Differences(items) => items.clone(),
        }
    }
}
