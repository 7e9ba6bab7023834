use std::{collections::BTreeSet, path::Path};

use git::{CommitId, Git, Repository};
use jiff::Timestamp;
use process::Command;
use release_plan::{ReleasePolicy, StepId};
use release_version::{ReleaseVersion, TagTemplate, TemplateValues};
use step_runner::{Step, StepContext, StepJournal};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    Project,
    clients::Clients,
    commit_evidence::CommitEvidence,
    folder::{Checkout, ReleaseFolder},
    step_error::ReleaseStepError,
};
use operation::Environment;

/// What the steps of a release share.
pub(crate) struct ReleaseContext<'a> {
    pub(crate) project: &'a Project,
    pub(crate) environment: &'a Environment,
    pub(crate) clients: &'a Clients,
    pub(crate) version: ReleaseVersion,
    /// Name of the git tag.
    pub(crate) tag: String,
    pub(crate) folder: ReleaseFolder,
    pub(crate) journal: StepJournal,
    /// When the release started: the time of its commit, tag and files, so that a
    /// step that is repeated after a crash gives the same bytes.
    pub(crate) started_at: Timestamp,
    pub(crate) policy: ReleasePolicy,
    /// The commit that the release is made from.
    pub(crate) base: CommitId,
    /// Hooks that ran: images may share one, which then runs once.
    pub(crate) hooks: Mutex<BTreeSet<Vec<String>>>,
    /// The checkout that images are built from.
    pub(crate) images_checkout: OnceCell<Repository>,
}

impl StepContext for ReleaseContext<'_> {
    type Id = StepId;
    type Error = ReleaseStepError;
}

impl ReleaseContext<'_> {
    /// The version as Python's indexes spell it.
    pub(crate) fn pep440(&self) -> String {
        self.version.pep440()
    }

    /// Spellings of the version, one of which an image must print.
    pub(crate) fn spellings(&self) -> [String; 2] {
        [self.version.to_string(), self.pep440()]
    }

    /// When the release started, in seconds since 1970.
    pub(crate) fn source_date_epoch(&self) -> u64 {
        self.started_at.as_second().try_into().unwrap_or(0)
    }

    /// Git with the time of the release: making the same commit or tag again after
    /// a crash gives the same object.
    pub(crate) fn git(&self) -> Git {
        let time = format!("@{} +0000", self.source_date_epoch());
        Git::new().env("GIT_AUTHOR_DATE", &time).env("GIT_COMMITTER_DATE", &time)
    }

    /// What a step recorded as evidence.
    pub(crate) fn evidence<S: Step<Self>>(
        &self,
        step: &S,
    ) -> Result<Option<S::Evidence>, ReleaseStepError> {
        Ok(self.journal.evidence(&step.id())?)
    }

    /// The evidence of a step that this one builds on.
    pub(crate) fn require<S: Step<Self>>(
        &self,
        step: &S,
        what: &'static str,
    ) -> Result<S::Evidence, ReleaseStepError> {
        self.evidence(step)?.ok_or(ReleaseStepError::NotRecorded(what))
    }

    /// The release commit.
    pub(crate) fn commit(&self) -> Result<CommitEvidence, ReleaseStepError> {
        self.recorded_commit()?.ok_or(ReleaseStepError::NotRecorded("release commit"))
    }

    fn recorded_commit(&self) -> Result<Option<CommitEvidence>, ReleaseStepError> {
        Ok(self.journal.evidence(&StepId::Commit)?)
    }

    /// A tag template filled with this release's values.
    pub(crate) fn render(&self, template: &TagTemplate) -> Result<String, ReleaseStepError> {
        let commit = self.commit()?;
        Ok(template.render(TemplateValues { version: &self.version, commit: &commit.short }))
    }

    /// The project's folder in a checkout.
    pub(crate) fn project_folder(&self, purpose: Checkout) -> std::path::PathBuf {
        self.folder.checkout(purpose).join(&self.project.prefix)
    }

    /// A command of the project, with the release's values in its environment and
    /// without the user's credentials.
    pub(crate) fn command(
        &self,
        argv: &[String],
        folder: &Path,
    ) -> Result<Command, ReleaseStepError> {
        let Some((program, arguments)) = argv.split_first() else {
            return Err(ReleaseStepError::failed("a configured command is empty"));
        };
        let local = folder.join(program);
        let program = if program.contains('/') && local.is_file() { local } else { program.into() };
        let mut command = Command::new(program)
            .args(arguments)
            .folder(folder)
            .env("TIDEGATE_VERSION", self.version.to_string())
            .env("TIDEGATE_PEP440_VERSION", self.pep440())
            .env("TIDEGATE_TAG", &self.tag)
            .env("TIDEGATE_PROJECT_DIR", &self.project.root)
            .env("SOURCE_DATE_EPOCH", self.source_date_epoch().to_string());
        if let Some(commit) = self.recorded_commit()? {
            command = command.env("TIDEGATE_COMMIT", commit.commit.as_str());
        }
        Ok(command.without_publishing_credentials())
    }
}
