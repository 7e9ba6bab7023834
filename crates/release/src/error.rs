use git::GitError;
use operation::{Failure, FailureKind, OperationError, counted};
use release_plan::{Finding, FindingKind};

/// Why a release did not happen, or a published one is not as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Git did not do what was asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Preflight found problems.
    #[error("{} of {} preflight findings block the release; nothing was changed", .0.iter().filter(|finding| finding.blocks()).count(), .0.len())]
    Preflight(Vec<Finding>),
    /// Steps of a release failed.
    #[error("{problem}")]
    Steps {
        /// Which, in a sentence.
        problem: String,
        /// How it ended.
        kind: FailureKind,
        /// The command that resumes.
        advice: String,
    },
    /// What is published differs from what should be.
    #[error("{} found", counted(.0.len(), "difference"))]
    Differences(Vec<String>),
    /// Targets that could not be queried.
    #[error("{} could not be made: {}", counted(.0.len(), "check"), .0.join("; "))]
    Unverified(Vec<String>),
}

macro_rules! through_operation {
    ($($error:ty),+) => {
        $(impl From<$error> for ReleaseError {
            fn from(error: $error) -> Self {
                Self::Operation(error.into())
            }
        })+
    };
}

through_operation!(configuration::ConfigurationError, journal::LockError, journal::JournalError);

impl Failure for ReleaseError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Operation(error) => error.kind(),
            Self::Git(GitError::NotAWorkTree { .. }) => FailureKind::Usage,
            Self::Git(_) | Self::Unverified(_) => FailureKind::Failed,
            Self::Preflight(findings) => preflight_kind(findings),
            Self::Steps { kind, .. } => *kind,
            Self::Differences(_) => FailureKind::Difference,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Operation(error) => error.advice(),
            Self::Steps { advice, .. } => Some(advice),
            _ => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Operation(error) => error.items(),
            Self::Preflight(findings) => findings.iter().map(ToString::to_string).collect(),
            Self::Differences(items) => items.clone(),
            _ => Vec::new(),
        }
    }
}

fn preflight_kind(findings: &[Finding]) -> FailureKind {
    match findings.iter().map(|finding| finding.kind).max() {
        Some(FindingKind::Configuration) => FailureKind::Usage,
        Some(FindingKind::Precondition) => FailureKind::Refused,
        _ => FailureKind::Failed,
    }
}
