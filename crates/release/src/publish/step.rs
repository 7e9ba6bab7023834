use std::{error::Error, path::Path};

use report::StepState;
use serde::Serialize;
use serde_json::Value;

use operation::error_chain;

/// How a step ended well.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Done now, found done, or kept on purpose.
    pub(crate) state: StepState,
    /// For the journal and for later steps.
    pub(crate) evidence: Value,
    /// For people.
    pub(crate) words: String,
}

impl Outcome {
    pub(crate) fn done(evidence: &impl Serialize, words: &str) -> Self {
        Self::new(StepState::Done, evidence, words)
    }

    pub(crate) fn already(evidence: &impl Serialize, words: &str) -> Self {
        Self::new(StepState::AlreadyDone, evidence, words)
    }

    pub(crate) fn new(state: StepState, evidence: &impl Serialize, words: &str) -> Self {
        // Evidence is made of strings, numbers and lists, which always serialise.
        let evidence = serde_json::to_value(evidence).unwrap_or_default();
        Self { state, evidence, words: words.to_owned() }
    }
}

/// Why a step failed, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepFailure {
    /// The reason with its causes, on as few lines as it takes.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: Option<String>,
    /// It was not a fault: what is there must not be touched.
    pub(crate) refused: bool,
    /// A service or tool could not be asked at all.
    pub(crate) unreachable: bool,
    /// The target said no before anything happened there.
    pub(crate) nothing_done: bool,
}

impl StepFailure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            advice: None,
            refused: false,
            unreachable: false,
            nothing_done: false,
        }
    }

    pub(crate) fn refused(reason: impl Into<String>, advice: &str) -> Self {
        Self { advice: Some(advice.to_owned()), refused: true, ..Self::new(reason) }
    }

    pub(crate) fn advised(error: &dyn Error, advice: Option<String>) -> Self {
        Self { advice, ..Self::new(error_chain(error)) }
    }

    pub(crate) fn io(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let doing = format!("cannot {verb} {}", path.display());
        move |error| Self::new(format!("{doing}: {error}"))
    }

    /// Reason and advice as one text.
    pub(crate) fn text(&self) -> String {
        match &self.advice {
            Some(advice) => format!("{} — {advice}", self.reason),
            None => self.reason.clone(),
        }
    }
}

impl From<git::GitError> for StepFailure {
    fn from(error: git::GitError) -> Self {
        use git::GitError::{BranchMoved, Dirty, NonFastForward, PushRefused, TagTaken};
        let nothing_done = matches!(
            error,
            TagTaken { .. }
                | NonFastForward { .. }
                | BranchMoved { .. }
                | Dirty { .. }
                | PushRefused { .. }
        );
        let refused = nothing_done && !matches!(error, PushRefused { .. });
        Self { refused, nothing_done, ..Self::advised(&error, None) }
    }
}

impl From<process::ProcessError> for StepFailure {
    fn from(error: process::ProcessError) -> Self {
        Self::advised(&error, None)
    }
}

impl From<python_project::PythonError> for StepFailure {
    fn from(error: python_project::PythonError) -> Self {
        Self::advised(&error, None)
    }
}

impl From<python_project::changelog::ChangelogError> for StepFailure {
    fn from(error: python_project::changelog::ChangelogError) -> Self {
        Self::advised(&error, None)
    }
}

impl From<registry_pypi::IndexError> for StepFailure {
    fn from(error: registry_pypi::IndexError) -> Self {
        let refused = error.is_permanent();
        Self { refused, ..Self::advised(&error, Some(error.hint().to_owned())) }
    }
}

impl From<registry_dockerhub::RegistryError> for StepFailure {
    fn from(error: registry_dockerhub::RegistryError) -> Self {
        Self { unreachable: error.may_pass(), ..Self::advised(&error, error.hint()) }
    }
}

impl From<local_docker::EngineError> for StepFailure {
    fn from(error: local_docker::EngineError) -> Self {
        use local_docker::EngineError::{EngineAbsent, EngineGone, PermissionDenied};
        let unreachable =
            matches!(error, EngineAbsent { .. } | EngineGone { .. } | PermissionDenied { .. });
        Self { unreachable, ..Self::advised(&error, error.hint().map(str::to_owned)) }
    }
}

impl From<github::GitHubError> for StepFailure {
    fn from(error: github::GitHubError) -> Self {
        let refused = matches!(
            error,
            github::GitHubError::AlreadyPublished { .. }
                | github::GitHubError::AssetDiverged { .. }
        );
        Self { refused, ..Self::advised(&error, None) }
    }
}
