use std::path::PathBuf;

use compose::ComposeError;
use operation::{Failure, FailureKind, OperationError};

/// Why Compose projects cannot be found, read or worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeRuntimeError {
    /// No Compose file; the wording of the original scripts.
    #[error("docker-compose.yml not found in {}", folder.display())]
    NoComposeFile {
        /// The project's folder.
        folder: PathBuf,
    },
    /// Compose is not installed, or a Compose project cannot be read.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl Failure for ComposeRuntimeError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoComposeFile { .. } => FailureKind::Failed,
            Self::Compose(error) => compose_failure_kind(error),
            Self::Operation(error) => error.kind(),
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::NoComposeFile { .. } => Some(
                "no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in that \
                 folder or above; name the file with -f",
            ),
            Self::Compose(error) => error.hint(),
            Self::Operation(error) => error.advice(),
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Operation(error) => error.items(),
            _ => Vec::new(),
        }
    }
}

/// A Compose file is part of the configuration; Compose itself is a precondition.
fn compose_failure_kind(error: &ComposeError) -> FailureKind {
    match error {
        ComposeError::NotInstalled | ComposeError::TooOldForModel { .. } => FailureKind::Refused,
        ComposeError::NoFile { .. }
        | ComposeError::Unusable { .. }
        | ComposeError::UnexpectedModel(_) => FailureKind::Failed,
        _ => FailureKind::Usage,
    }
}
