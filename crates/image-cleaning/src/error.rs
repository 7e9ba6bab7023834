use operation::{Failure, FailureKind, OperationError, Present as _, counted};
use report::Reporter;

use crate::{CleanReport, PreparationError};

/// Why images were not removed, or not all of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CleanError {
    /// The cleanup could not be planned; nothing was removed.
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    /// The cleanup was declined or interrupted before it began; nothing was removed.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Some images could not be removed.
    #[error("not everything could be removed: {}", join(.0.failures()))]
    Incomplete(Box<CleanReport>),
    /// The engine differs from the report.
    #[error("verification found {}", counted(.0.differences().count(), "difference"))]
    Differences(Box<CleanReport>),
    /// The user interrupted the cleanup after it began.
    #[error("{}", OperationError::Interrupted)]
    Interrupted(Box<CleanReport>),
}

impl CleanError {
    /// What was done before the error; `None` when nothing was.
    #[must_use]
    pub fn report(&self) -> Option<&CleanReport> {
        match self {
            Self::Incomplete(report) | Self::Differences(report) | Self::Interrupted(report) => {
                Some(report)
            }
            Self::Preparation(_) | Self::Operation(_) => None,
        }
    }
}

fn join<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    texts.map(String::as_str).collect::<Vec<_>>().join("; ")
}

impl Failure for CleanError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Preparation(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::Incomplete(_) => FailureKind::HalfWay,
            Self::Differences(_) => FailureKind::Difference,
            Self::Interrupted(_) => FailureKind::Interrupted,
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Preparation(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::Incomplete(_) => Some("run the same command again"),
            Self::Interrupted(_) => Some("the same command removes the rest"),
            Self::Differences(_) => None,
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Preparation(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::Differences(report) => report.differences().cloned().collect(),
            Self::Incomplete(_) | Self::Interrupted(_) => Vec::new(),
        }
    }

    fn present(&self, reporter: &Reporter) {
        if let Some(report) = self.report() {
            report.present(reporter);
        }
    }
}
