use compose::ComposeError;
use compose_runtime::ComposeRuntimeError;
use operation::{Failure, FailureKind, OperationError, Present as _, error_chain};
use report::Reporter;

use super::{
    preview::StopPreview,
    report::{ProjectReport, StopReport},
};

/// Why Compose projects are not down.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The Compose projects cannot be found or read.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Something of a project is left that should have been removed.
    #[error("project {project} is not down: {}", problems.join("; "))]
    NotDown {
        /// The project's name.
        project: String,
        /// What went wrong and what is left.
        problems: Vec<String>,
        /// Whether anything was removed.
        changed: bool,
    },
    /// The engine stopped answering before it could be asked what is left.
    #[error("cannot determine what is left of project {project}: {}", error_chain(source))]
    OutcomeUnknown {
        /// The project's name.
        project: String,
        /// Why the engine could not be asked.
        source: OperationError,
    },
    /// Not every project is down; the report says what was done.
    #[error("{source}")]
    Incomplete {
        /// What went wrong.
        source: Box<StopError>,
        /// What was done.
        report: StopReport,
    },
    /// Not every project can be planned.
    #[error("{source}")]
    PreviewIncomplete {
        /// What went wrong.
        source: Box<StopError>,
        /// The projects that can be planned.
        preview: StopPreview,
    },
}

impl From<ComposeError> for StopError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error.into())
    }
}

impl StopError {
    /// Why a project is not down, if it is not.
    pub(super) fn from_report(report: &ProjectReport) -> Option<Self> {
        if report.interrupted {
            return Some(OperationError::Interrupted.into());
        }
        if report.unfinished.is_empty() && report.problems.is_empty() {
            return None;
        }
        let mut problems = report.problems.clone();
        if !report.unfinished.is_empty() {
            let left: Vec<String> = report.unfinished.iter().map(ToString::to_string).collect();
            problems.push(format!("left: {}", left.join(", ")));
        }
        Some(Self::NotDown { project: report.project.clone(), problems, changed: report.changed })
    }

    /// The error after projects were worked on.
    pub(super) fn with_report(self, report: StopReport) -> Self {
        if report.projects.is_empty() {
            return self;
        }
        Self::Incomplete { source: Box::new(self), report }
    }

    pub(super) fn with_preview(self, preview: StopPreview) -> Self {
        Self::PreviewIncomplete { source: Box::new(self), preview }
    }
}

impl Failure for StopError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Compose(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::NotDown { changed: false, .. } => FailureKind::Failed,
            Self::NotDown { changed: true, .. } | Self::OutcomeUnknown { .. } => {
                FailureKind::HalfWay
            }
            Self::Incomplete { source, .. } | Self::PreviewIncomplete { source, .. } => {
                source.kind()
            }
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Compose(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::NotDown { .. } => Some("the report lists what is left and how to remove it"),
            Self::OutcomeUnknown { .. } => {
                Some("run the same command again when the engine responds")
            }
            Self::Incomplete { source, .. } | Self::PreviewIncomplete { source, .. } => {
                source.advice()
            }
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Compose(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::NotDown { .. } | Self::OutcomeUnknown { .. } => Vec::new(),
            Self::Incomplete { source, .. } | Self::PreviewIncomplete { source, .. } => {
                source.items()
            }
        }
    }

    fn present(&self, reporter: &Reporter) {
        match self {
            Self::Incomplete { report, .. } => report.present(reporter),
            Self::PreviewIncomplete { preview, .. } => preview.present(reporter),
            _ => {}
        }
    }
}
