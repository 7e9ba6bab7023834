use std::path::{Path, PathBuf};

use git::GitError;
use github::GitHubError;
use journal::JournalError;
use local_docker::EngineError;
use oci_image::ImageError;
use process::ProcessError;
use python_project::{PythonError, changelog::ChangelogError};
use registry_dockerhub::RegistryError;
use registry_pypi::{AttestationError, IndexError};
use step_runner::StepError;

/// Why a step of a release failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReleaseStepError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Registry(Box<RegistryError>),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error(transparent)]
    Changelog(#[from] ChangelogError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the attestations were not made")]
    Attestation(#[from] AttestationError),
    /// Files that no index would accept were built; nothing was published.
    #[error("the built files would be refused by {index}")]
    UnfitFiles {
        index: String,
        #[source]
        source: IndexError,
    },
    /// Some files of the package were uploaded.
    #[error("{done} of {all} files are uploaded")]
    PartlyUploaded {
        done: usize,
        all: usize,
        #[source]
        source: IndexError,
    },
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A command of the project failed. `lines` start with a line end each.
    #[error("`{command}` {ending}:{lines}\n(all of it: {})", log.display())]
    CommandFailed { command: String, ending: String, lines: String, log: PathBuf },
    /// Workflows of the forge failed. `lines` start with a line end each.
    #[error("failed for this commit: {names}{lines}")]
    WorkflowsFailed { names: String, lines: String },
    /// What an earlier step should have recorded is not in the journal.
    #[error("the journal has no {0}")]
    NotRecorded(&'static str),
    /// A target has something that must not be touched.
    #[error("{problem}")]
    Refused { problem: String, advice: &'static str },
    /// Anything else that did not work out, with advice where there is some.
    #[error("{problem}")]
    Failed { problem: String, advice: Option<String> },
}

impl From<ImageError> for ReleaseStepError {
    fn from(error: ImageError) -> Self {
        RegistryError::from(error).into()
    }
}

impl From<RegistryError> for ReleaseStepError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}

impl ReleaseStepError {
    pub(crate) fn failed(problem: impl Into<String>) -> Self {
        Self::Failed { problem: problem.into(), advice: None }
    }

    pub(crate) fn refused(problem: impl Into<String>, advice: &'static str) -> Self {
        Self::Refused { problem: problem.into(), advice }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether a service or tool could not be queried at all.
    pub(crate) fn is_unreachable(&self) -> bool {
        match self {
            Self::Registry(error) => error.may_pass(),
            Self::Engine(
                EngineError::EngineAbsent { .. }
                | EngineError::EngineGone { .. }
                | EngineError::PermissionDenied { .. },
            ) => true,
            _ => false,
        }
    }
}

impl StepError for ReleaseStepError {
    fn advice(&self) -> Option<String> {
        match self {
            Self::Index(error)
            | Self::UnfitFiles { source: error, .. }
            | Self::PartlyUploaded { source: error, .. } => Some(error.hint().to_owned()),
            Self::Registry(error) => error.hint(),
            Self::Engine(error) => error.advice().map(str::to_owned),
            Self::Attestation(_) => Some(
                "nothing was uploaded to this index yet: run the same command again, or set \
                 `attestations = false` in [package]"
                    .to_owned(),
            ),
            Self::Refused { advice, .. } => Some((*advice).to_owned()),
            Self::Failed { advice, .. } => advice.clone(),
            Self::Python(error) => install_advice(error).map(str::to_owned),
            _ => None,
        }
    }

    fn is_refusal(&self) -> bool {
        match self {
            Self::Git(error) => {
                is_refused_ref(error) && !matches!(error, GitError::PushRefused { .. })
            }
            Self::GitHub(error) => matches!(
                error,
                GitHubError::AlreadyPublished { .. } | GitHubError::AssetDiverged { .. }
            ),
            Self::Index(error) | Self::PartlyUploaded { source: error, .. } => error.is_permanent(),
            Self::Refused { .. } => true,
            _ => false,
        }
    }

    fn left_target_unchanged(&self) -> bool {
        matches!(self, Self::Git(error) if is_refused_ref(error))
    }
}

/// Git checks refs before it changes any.
fn is_refused_ref(error: &GitError) -> bool {
    matches!(
        error,
        GitError::TagTaken { .. }
            | GitError::NonFastForward { .. }
            | GitError::BranchMoved { .. }
            | GitError::Dirty { .. }
            | GitError::PushRefused { .. }
    )
}
/// The settings that decide what is installed, imported and run.
fn install_advice(error: &PythonError) -> Option<&'static str> {
    match error {
        PythonError::ImportFailed { .. } => Some(
            "`modules` in [package.install-check] names other modules (`[]` none), `extras` \
             installs optional dependencies",
        ),
        PythonError::OtherModuleVersion { .. } => Some(
            "add the file to `version-files` in [package], or leave the module out of `modules` \
             in [package.install-check]",
        ),
        PythonError::NotInstallable { .. } => Some(
            "make pip find the dependencies, or leave them out with `dependencies = false` in \
             [package.install-check]",
        ),
        PythonError::CommandFailed { .. } => {
            Some("change `version-command` or `commands` in [package.install-check]")
        }
        PythonError::OtherVersionPrinted { .. } => Some(
            "a command that does not print the version belongs in `commands` of \
             [package.install-check]",
        ),
        _ => None,
    }
}
