use std::{collections::BTreeSet, path::Path};

use git::{CommitId, Git, Repository, private_checkout};
use jiff::Timestamp;
use process::Command;
use release_plan::StepId;
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

    /// The message of the release's tag.
    pub(crate) fn tag_message(&self) -> Result<String, ReleaseStepError> {
        match &self.project.configuration.git.tag_message {
            Some(template) => self.render(template),
            None => Ok(format!("Release {}", self.tag)),
        }
    }

    /// The work tree of this commit in which the release commit is made, made anew
    /// unless it exists and is clean.
    pub(crate) async fn commit_checkout(
        &self,
        commit: &CommitId,
    ) -> Result<Repository, ReleaseStepError> {
        let path = self.folder.checkout(Checkout::Commit);
        if let Some(tree) = self.clean_checkout(&path, commit).await? {
            return Ok(tree);
        }
        let repository = self.git().discover(&self.project.root).await?;
        repository.remove_worktree(&path).await?;
        remove_folder(&path)?;
        Ok(repository.add_worktree(&path, commit).await?)
    }

    /// The checkout of the release commit for this purpose, made anew unless it exists
    /// and is clean. The release's tag exists in it, for tools that read the version
    /// from git; it is a repository of its own, so nobody else sees that tag yet.
    pub(crate) async fn tagged_checkout(
        &self,
        purpose: Checkout,
    ) -> Result<Repository, ReleaseStepError> {
        let commit = self.commit()?.commit;
        let path = self.folder.checkout(purpose);
        let checkout = match self.clean_checkout(&path, &commit).await? {
            Some(checkout) => checkout,
            None => {
                let repository = self.git().discover(&self.project.root).await?;
                private_checkout(&repository, &path, &commit).await?
            }
        };
        let message = self.tag_message()?;
        checkout.tags().create_annotated(&self.tag, &commit, &message).await?;
        Ok(checkout)
    }

    async fn clean_checkout(
        &self,
        path: &Path,
        commit: &CommitId,
    ) -> Result<Option<Repository>, ReleaseStepError> {
        let Ok(tree) = self.git().discover(path).await else { return Ok(None) };
        let is_own = tree.root().canonicalize().ok() == path.canonicalize().ok();
        let is_current = is_own && tree.head().await.is_ok_and(|head| head == *commit);
        let is_clean = is_current && tree.status().await?.is_clean();
        Ok(is_clean.then_some(tree))
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

fn remove_folder(path: &Path) -> Result<(), ReleaseStepError> {
    if path.exists() {
        std::fs::remove_dir_all(path).map_err(ReleaseStepError::io("remove", path))?;
    }
    Ok(())
}
