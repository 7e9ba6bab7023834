//! Taking a release back: what is local, the tag at the remote, the draft.
//! What is public for ever is told, not touched.

use git::{GitError, RemoteRefs};
use journal::{Journal, Lock};
use release_version::VersionRequest;
use serde::de::DeserializeOwned;

use super::{
    forge::DraftEvidence,
    prepare::CommitEvidence,
    resume::{self, Begun},
    source::TagEvidence,
};
use crate::{Environment, OperationError, Project, lock_holder, services::Services};

/// Actions whose results name the tag or its commit for ever.
const BUILT_UPON: [&str; 4] = ["upload", "push-image", "move-floating", "publish-forge-release"];

pub(crate) async fn run(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<(), OperationError> {
    let place = environment.state.project(&project.name, &project.root);
    let holder = lock_holder(environment, &format!("full-release {request} --abort"));
    let _lock = Lock::acquire(&place.lock(), &holder)?;
    let begun = wanted(project, environment, request)?;
    let version = begun.recorded.version;
    let folder = place.operation(&format!("release-{version}"));
    let journal = Journal::open(&folder.join("journal.jsonl"))?;
    let mut abort = Abort { project, environment, journal };
    abort.tell_what_stays();
    abort.delete_draft().await?;
    abort.take_back_git().await?;
    resume::record_withdrawal(&mut abort.journal)?;
    drop(abort);
    resume::clear(project, &folder).await?;
    environment.reporter.ok(format!("the release of {version} is withdrawn"));
    Ok(())
}

fn wanted(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<Begun, OperationError> {
    let begun = resume::unfinished(project, environment)?;
    let matches = |begun: &Begun| {
        begun.recorded.request == request
            || VersionRequest::Exact(begun.recorded.version) == request
    };
    begun.filter(matches).ok_or_else(|| {
        let problem = format!("no unfinished release of {request} is recorded");
        OperationError::project(
            problem,
            "a finished release is not withdrawn: release the next version, or yank it",
        )
    })
}

struct Abort<'a> {
    project: &'a Project,
    environment: &'a Environment,
    journal: Journal,
}

impl Abort<'_> {
    fn evidence<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        serde_json::from_value(self.journal.evidence(step)?.clone()).ok()
    }

    /// Every public step that was done or may have been, and is not undone here.
    fn tell_what_stays(&self) {
        let steps = self.journal.records().iter().filter(|record| {
            matches!(record.entry, journal::Entry::Intent(_))
                && [".upload", ".push", ".floating", ".publish"]
                    .iter()
                    .any(|end| record.step.ends_with(end))
                && record.step != "git.push"
        });
        let mut names: Vec<&str> = steps.map(|record| record.step.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let done = if self.journal.evidence(name).is_some() {
                "was done"
            } else {
                "may have been done"
            };
            self.environment
                .reporter
                .warn(format!("{name} {done} and stays: {}", how_to_undo(name)));
        }
    }

    async fn delete_draft(&mut self) -> Result<(), OperationError> {
        if self.journal.intent("github.draft").is_none()
            || self.journal.evidence("github.publish").is_some()
        {
            return Ok(());
        }
        let services = Services::new(self.project, self.environment).await?;
        let failed = |failure: super::StepFailure| {
            OperationError::project(failure.text(), "delete the draft by hand")
        };
        let client = services.github().map_err(failed)?;
        let id = match self.evidence::<DraftEvidence>("github.draft") {
            Some(draft) => Some(draft.id),
            None => self.find_draft(client).await?,
        };
        let Some(id) = id else { return Ok(()) };
        let deleted = client.delete_draft(id).await;
        if deleted
            .map_err(OperationError::service("delete the draft of the forge release", None))?
        {
            self.environment.reporter.ok("deleted the draft of the forge release");
        }
        self.journal.append("github.draft", journal::Entry::Undone)?;
        Ok(())
    }

    /// The process may have died before the draft's number was recorded.
    async fn find_draft(
        &self,
        client: &github::GitHubClient,
    ) -> Result<Option<u64>, OperationError> {
        let Some(tag) = self.evidence::<TagEvidence>("git.tag") else { return Ok(None) };
        let found = client.release_by_tag(&tag.tag).await;
        let found = found.map_err(OperationError::service("look for the draft", None))?;
        Ok(found.filter(|release| release.draft).map(|release| release.id))
    }

    /// Whether something was made from the tag that is public: then it stays.
    fn is_built_upon(&self) -> bool {
        let intents = self.journal.records().iter();
        intents.into_iter().any(|record| match &record.entry {
            journal::Entry::Intent(action) => {
                action["do"].as_str().is_some_and(|action| BUILT_UPON.contains(&action))
            }
            _ => false,
        })
    }

    /// The tag goes here and at the remote, and the branch goes back, unless
    /// something public was made from them.
    async fn take_back_git(&mut self) -> Result<(), OperationError> {
        let Some(commit) = self.evidence::<CommitEvidence>("prepare.commit") else { return Ok(()) };
        if self.is_built_upon() {
            let words = format!(
                "commit {} and its tag stay: what is published was made from them",
                commit.short
            );
            self.environment.reporter.warn(words);
            return Ok(());
        }
        let remote = match self.journal.intent("git.push") {
            Some(_) => {
                self.project.repository.remote_refs(&self.project.configuration.git.remote).await?
            }
            None => RemoteRefs::default(),
        };
        self.delete_tag(&remote).await?;
        if remote.branches.values().any(|there| *there == commit.commit) {
            let words = format!(
                "the release commit {} is pushed and stays on the branch; revert it if you like",
                commit.short
            );
            self.environment.reporter.warn(words);
            return Ok(());
        }
        self.put_branch_back(&commit).await
    }

    async fn delete_tag(&self, remote: &RemoteRefs) -> Result<(), OperationError> {
        let Some(tag) = self.evidence::<TagEvidence>("git.tag") else { return Ok(()) };
        let (repository, name) = (&self.project.repository, &self.project.configuration.git.remote);
        if remote.tags.contains_key(&tag.tag) {
            repository.delete_remote_tag(name, &tag.tag, &tag.id).await?;
            self.environment.reporter.ok(format!("deleted {} at {name}", tag.tag));
        }
        if repository.delete_local_tag(&tag.tag, &tag.id).await? {
            self.environment.reporter.ok(format!("deleted the local tag {}", tag.tag));
        }
        Ok(())
    }

    async fn put_branch_back(&self, commit: &CommitEvidence) -> Result<(), OperationError> {
        let repository = &self.project.repository;
        let status = repository.status().await?;
        let (Some(branch), true) =
            (status.branch(), status.commit.as_ref() == Some(&commit.commit))
        else {
            return Ok(());
        };
        match repository.reset_branch(branch, &commit.commit, &commit.base).await {
            Ok(()) => self.environment.reporter.ok(format!("{branch} is back at {}", commit.base)),
            Err(GitError::Dirty { .. }) => {
                let words = "the release commit stays: the work tree has changes";
                self.environment.reporter.warn(words);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

fn how_to_undo(step: &str) -> &'static str {
    match step.rsplit('.').next() {
        Some("upload") => {
            "an index keeps files; yank the release on its web page, the file names can never be used again"
        }
        Some("push") => "delete the version tags at the registry if nobody uses them",
        Some("floating") => "the journal has the digests that the tags pointed to",
        _ => "a published forge release is never changed",
    }
}
