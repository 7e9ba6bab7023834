use configuration::ConfigurationError;
use git::GitError;
use journal::{JournalError, LockError};
use operation::{Failure, FailureKind, OperationError, Present as _, counted};
use release_plan::{Finding, FindingKind, StepId};
use report::Reporter;

use crate::{planned::PlannedRelease, published::PublishedRelease, verify::VerifiedRelease};

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
    /// Preflight found problems; a preview has the plan too.
    #[error("{} the release; nothing was changed", blocking_problems(.0))]
    Preflight(Vec<Finding>, Option<Box<PlannedRelease>>),
    /// Steps of the release failed.
    #[error("{}", .0.problem())]
    Incomplete(Box<PublishedRelease>),
    /// The user interrupted the release after it began.
    #[error("{}", OperationError::Interrupted)]
    Interrupted(Box<PublishedRelease>),
    /// A step could not be undone.
    #[error("cannot undo {step}")]
    NotWithdrawn {
        /// The step.
        step: StepId,
        /// The reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A published release is not as it should be.
    #[error("{} found", counted(.0.differences().len(), "difference"))]
    Differences(Box<VerifiedRelease>),
    /// Targets could not be queried.
    #[error("{} could not be completed: {}", counted(.0.unknown().len(), "check"), .0.unknown().join("; "))]
    Unverified(Box<VerifiedRelease>),
}

impl From<ConfigurationError> for ReleaseError {
    fn from(error: ConfigurationError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<LockError> for ReleaseError {
    fn from(error: LockError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<JournalError> for ReleaseError {
    fn from(error: JournalError) -> Self {
        Self::Operation(error.into())
    }
}

impl Failure for ReleaseError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Operation(error) => error.kind(),
            Self::Git(GitError::NotAWorkTree { .. }) => FailureKind::Usage,
            Self::Git(_) | Self::Unverified(_) => FailureKind::Failed,
            Self::NotWithdrawn { .. } => FailureKind::HalfWay,
            Self::Preflight(findings, _) => preflight_kind(findings),
            Self::Incomplete(published) => published.failure_kind(),
            Self::Interrupted(_) => FailureKind::Interrupted,
            Self::Differences(_) => FailureKind::Difference,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Operation(error) => error.advice(),
            Self::Incomplete(published) | Self::Interrupted(published) => Some(&published.advice),
            Self::NotWithdrawn { .. } => Some("fix the problem, then run the same command again"),
            _ => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Operation(error) => error.items(),
            Self::Preflight(findings, _) => {
                let blocking = findings.iter().filter(|finding| finding.blocks());
                blocking.map(ToString::to_string).collect()
            }
            Self::Differences(verified) => verified.differences(),
            _ => Vec::new(),
        }
    }

    /// A release that stopped was shown before its journal was left; here is the rest.
    fn present(&self, reporter: &Reporter) {
        match self {
            Self::Preflight(_, Some(planned)) => planned.present(reporter),
            Self::Differences(verified) | Self::Unverified(verified) => verified.present(reporter),
            _ => {}
        }
    }
}

/// `1 problem blocks`, `2 problems block`.
fn blocking_problems(findings: &[Finding]) -> String {
    match findings.iter().filter(|finding| finding.blocks()).count() {
        1 => "1 problem blocks".to_owned(),
        number => format!("{number} problems block"),
    }
}

fn preflight_kind(findings: &[Finding]) -> FailureKind {
    match findings.iter().map(|finding| finding.kind).max() {
        Some(FindingKind::Configuration) => FailureKind::Usage,
        Some(FindingKind::Precondition) => FailureKind::Refused,
        _ => FailureKind::Failed,
    }
}
