use std::{error::Error, path::PathBuf};

use compose::ComposeError;
use configuration::ConfigurationError;
use git::GitError;
use journal::{JournalError, LockError};
use local_docker::EngineError;
use release_plan::{Finding, FindingKind};

/// How an operation ended when it did not end well; each kind is an exit code
/// of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It failed; nothing that users see has changed.
    Failed,
    /// The request or the configuration is wrong; nothing was touched.
    Usage,
    /// It stopped half-way; the same command resumes.
    HalfWay,
    /// A safety rule or a precondition refused it.
    Refused,
    /// Verification found a difference.
    Difference,
    /// Somebody stopped it.
    Interrupted,
}

/// Why an operation did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The project's files or their state do not allow the operation.
    #[error("{problem}")]
    Project {
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: Option<String>,
        /// The reason, where there is one.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Git did not do what was asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Preflight found what stands in the way.
    #[error("{} of {} preflight findings stand in the way; nothing was changed", .0.iter().filter(|finding| finding.blocks()).count(), .0.len())]
    Preflight(Vec<Finding>),
    /// Another operation works on the project.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A service or tool could not be used.
    #[error("{doing}")]
    Service {
        /// What was being done: `connect to the Docker Engine`.
        doing: String,
        /// What to do.
        advice: Option<String>,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Steps of a release failed.
    #[error("{problem}")]
    Steps {
        /// Which, in a sentence.
        problem: String,
        /// How it ended.
        kind: FailureKind,
        /// The command that goes on from here.
        advice: String,
    },
    /// What is published differs from what should be.
    #[error("{} found", counted(.0.len(), "difference"))]
    Differences(Vec<String>),
    /// Targets could not be asked, so nothing is known of them.
    #[error("{} could not be made: {}", counted(.0.len(), "check"), .0.join("; "))]
    Unverified(Vec<String>),
    /// Compose is not there, or a Compose project cannot be read.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Several things stand in the way, or came out wrong.
    #[error("{problem}")]
    Listed {
        /// All of them, in a sentence.
        problem: String,
        /// Each of them.
        items: Vec<String>,
        /// How it ended.
        kind: FailureKind,
        /// What to do.
        advice: Option<String>,
    },
    /// There is no Compose file; the words of the scripts that came before.
    #[error("docker-compose.yml not found in {}", folder.display())]
    NoComposeFile {
        /// The project's folder.
        folder: PathBuf,
    },
    /// What was asked for makes no sense for this project.
    #[error("{problem}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Somebody was asked and said no.
    #[error("declined; nothing was changed")]
    Declined,
    /// Ctrl-C or a polite kill.
    #[error("interrupted; the same command goes on from here")]
    Interrupted,
}

impl OperationError {
    /// A problem of the project, with advice.
    pub(crate) fn project(problem: impl Into<String>, advice: &str) -> Self {
        let advice = Some(advice.to_owned());
        Self::Project { problem: problem.into(), advice, source: None }
    }

    /// Something asked for that makes no sense for this project.
    pub(crate) fn usage(problem: String, advice: &str) -> Self {
        Self::Usage { problem, advice: advice.to_owned() }
    }

    /// There is neither a home folder nor a state folder.
    #[must_use]
    pub fn no_state_folder() -> Self {
        Self::project(
            "there is no place for journals",
            "set HOME or XDG_STATE_HOME, or use --state-dir",
        )
    }

    /// A service that could not be used.
    pub(crate) fn service<E: Error + Send + Sync + 'static>(
        doing: &str,
        advice: Option<String>,
    ) -> impl FnOnce(E) -> Self {
        let doing = doing.to_owned();
        move |source| Self::Service { doing, advice, source: Box::new(source) }
    }

    /// What a Docker Engine did not do, with what can be done about it.
    pub(crate) fn engine(doing: &str) -> impl FnOnce(EngineError) -> Self {
        let doing = doing.to_owned();
        move |error| {
            let advice = error.hint().map(str::to_owned);
            if error.names_no_engine() {
                let advice = advice.unwrap_or_default();
                return Self::Usage { problem: chain(&error), advice };
            }
            Self::service(&doing, advice)(error)
        }
    }

    /// The kind, which decides the exit code.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Configuration(_)
            | Self::Usage { .. }
            | Self::Git(GitError::NotAWorkTree { .. }) => FailureKind::Usage,
            Self::Project { .. } | Self::Lock(LockError::Held(_)) => FailureKind::Refused,
            Self::Preflight(findings) => preflight_kind(findings),
            Self::Steps { kind, .. } | Self::Listed { kind, .. } => *kind,
            Self::Compose(error) => compose_kind(error),
            Self::Differences(_) => FailureKind::Difference,
            Self::Interrupted => FailureKind::Interrupted,
            Self::Unverified(_) | Self::Declined | Self::NoComposeFile { .. } => {
                FailureKind::Failed
            }
            Self::Git(_) | Self::Lock(_) | Self::Journal(_) | Self::Service { .. } => {
                FailureKind::Failed
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Project { advice, .. }
            | Self::Service { advice, .. }
            | Self::Listed { advice, .. } => advice.as_deref(),
            Self::Compose(error) => error.hint(),
            Self::Steps { advice, .. } | Self::Usage { advice, .. } => Some(advice),
            Self::NoComposeFile { .. } => Some(
                "no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml is there \
                 or above; name the file with -f",
            ),
            _ => None,
        }
    }
}

pub(crate) fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A Compose file is part of the configuration; Compose itself is a precondition.
fn compose_kind(error: &ComposeError) -> FailureKind {
    match error {
        ComposeError::NotInstalled | ComposeError::TooOldForModel { .. } => FailureKind::Refused,
        ComposeError::NoFile { .. }
        | ComposeError::Unusable { .. }
        | ComposeError::UnexpectedModel(_) => FailureKind::Failed,
        _ => FailureKind::Usage,
    }
}

fn preflight_kind(findings: &[Finding]) -> FailureKind {
    match findings.iter().map(|finding| finding.kind).max() {
        Some(FindingKind::Configuration) => FailureKind::Usage,
        Some(FindingKind::Precondition) => FailureKind::Refused,
        _ => FailureKind::Failed,
    }
}

/// An error with its causes as one line, each said once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
