use operation::{Failure, FailureKind, OperationError, Present as _};
use release::ReleaseError;
use report::Reporter;

use crate::ServiceContents;

/// Why a rehearsal did not succeed. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearseError {
    /// It could not start.
    #[error(transparent)]
    Setup(#[from] ReleaseError),
    /// The rehearsed release failed.
    #[error("{source}")]
    Release {
        /// The failure; its causes follow its text.
        source: ReleaseError,
        /// What the services held at the end.
        contents: Box<ServiceContents>,
    },
    /// The user interrupted it.
    #[error("the rehearsal was interrupted")]
    Interrupted,
}

impl From<OperationError> for RehearseError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Interrupted => Self::Interrupted,
            error => Self::Setup(error.into()),
        }
    }
}

impl Failure for RehearseError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Setup(error) | Self::Release { source: error, .. } => error.kind(),
            Self::Interrupted => FailureKind::Interrupted,
        }
    }

    /// The advice of a real release would release for real.
    fn advice(&self) -> Option<&str> {
        match self {
            Self::Release { source: ReleaseError::Incomplete(_), .. } => {
                Some("fix the problem and rehearse again; this rehearsal left nothing behind")
            }
            Self::Setup(error) | Self::Release { source: error, .. } => error.advice(),
            Self::Interrupted => Some("it left nothing behind"),
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Setup(error) | Self::Release { source: error, .. } => error.items(),
            Self::Interrupted => Vec::new(),
        }
    }

    fn present(&self, reporter: &Reporter) {
        match self {
            Self::Setup(error) => error.present(reporter),
            Self::Release { source, contents } => {
                source.present(reporter);
                contents.present(reporter);
            }
            Self::Interrupted => {}
        }
    }
}
