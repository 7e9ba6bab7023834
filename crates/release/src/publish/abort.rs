//! Taking a release back: what is local, the tag at the remote, the draft.
//! What is public for ever is told, not touched.

use std::path::Path;

use git::{GitError, RemoteRefs, TagKind};
use journal::{Entry, Journal, Lock};
use release_plan::Publishing;
use release_version::VersionRequest;

use super::{
    forge::DraftEvidence,
    prepare::CommitEvidence,
    resume::{self, Begun},
    source::TagEvidence,
};
use operation::{Environment, OperationError};

use crate::{Project, ReleaseError, clients::Services};

/// What stays of a release that others stand on: the record of it.
const RECORD: [&str; 2] = ["journal.jsonl", "dist"];

pub(crate) async fn run(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<(), ReleaseError> {
    let holder = environment.lock_holder(&format!("full-release {request} --abort"));
    let _lock = Lock::acquire(&project.place(environment)?.lock(), &holder)?;
    let begun = wanted(project, environment, request)?;
    let version = begun.recorded.version;
    let question = format!("Take back what can be taken back of {} {version}?", project.name);
    environment.confirm(&question)?;
    let path = resume::journal_path(project, environment, &version)?;
    let stays = take_back(project, environment, &path).await?;
    let mut journal = Journal::open(&path)?;
    resume::record_withdrawal(&mut journal)?;
    let folder = path.parent().unwrap_or(&path);
    resume::clear(project, folder, if stays { &RECORD } else { &[] }).await?;
    let done = if stays { "closed: what is published stays" } else { "withdrawn" };
    environment.reporter.ok(format!("the release of {version} is {done}"));
    Ok(())
}

fn wanted(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<Begun, ReleaseError> {
    let unfinished = resume::unfinished(project, environment, request)?;
    unfinished.continued.ok_or_else(|| {
        let problem = format!("no unfinished release of {request} is recorded");
        let advice = "a finished release is not withdrawn: release the next version, or yank it";
        OperationError::precondition(problem, advice).into()
    })
}

/// Takes back the draft, the tag and the branch, unless something lasting
/// stands on them; says what stays. True when something does.
pub(super) async fn take_back(
    project: &Project,
    environment: &Environment,
    path: &Path,
) -> Result<bool, ReleaseError> {
    let journal = Journal::open(path)?;
    let mut abort = Abort { project, environment, journal };
    let stays = resume::publishing(abort.journal.records()) == Publishing::Lasting;
    abort.tell_what_stays();
    abort.delete_draft().await?;
    abort.take_back_git(stays).await?;
    Ok(stays)
}

struct Abort<'a> {
    project: &'a Project,
    environment: &'a Environment,
    journal: Journal,
}

impl Abort<'_> {
    /// Every lasting step that was done or may have been.
    fn tell_what_stays(&self) {
        let records = self.journal.records();
        let lasting = records
            .intents()
            .filter(|(_, intent)| resume::intent_publishes(intent) == Publishing::Lasting);
        for (step, _) in lasting {
            let done =
                if records.evidence(step).is_some() { "was done" } else { "may have been done" };
            let words = format!("{step} {done} and stays: {}", how_to_undo(step));
            self.environment.reporter.warn(words);
        }
    }

    async fn delete_draft(&mut self) -> Result<(), ReleaseError> {
        let published = self.journal.evidence("github.publish").is_some();
        if self.journal.intent("github.draft").is_none() || published {
            return Ok(());
        }
        let services = Services::new(self.project, self.environment).await?;
        let failed = |failure: super::StepFailure| {
            OperationError::precondition(failure.text(), "delete the draft by hand")
        };
        let client = services.github().map_err(failed)?;
        let id = match resume::evidence::<DraftEvidence>(self.journal.records(), "github.draft") {
            Some(draft) => Some(draft.id),
            None => self.find_draft(client).await?,
        };
        let reporter = &self.environment.reporter;
        let deleted = match id {
            Some(id) => client.delete_draft(id).await,
            None => Ok(false),
        };
        match deleted {
            Ok(true) => reporter.ok("deleted the draft of the forge release"),
            Ok(false) => {}
            Err(github::GitHubError::AlreadyPublished { .. }) => {
                reporter.warn("the forge release is published and stays");
            }
            Err(error) => {
                let doing = "delete the draft of the forge release";
                return Err(OperationError::service(doing, None)(error).into());
            }
        }
        Ok(self.journal.append("github.draft", Entry::Undone)?)
    }

    /// The process may have died before the draft's number was recorded.
    async fn find_draft(&self, client: &github::GitHubClient) -> Result<Option<u64>, ReleaseError> {
        let Some(tag) = self.tag().await? else { return Ok(None) };
        let found = client.release_by_tag(&tag.tag).await;
        let found = found.map_err(OperationError::service("look for the draft", None))?;
        Ok(found.filter(|release| release.draft).map(|release| release.id))
    }

    /// The tag that was made; one that was made just before the process died
    /// is recognised by the commit that it names.
    async fn tag(&self) -> Result<Option<TagEvidence>, ReleaseError> {
        let records = self.journal.records();
        if let Some(recorded) = resume::evidence::<TagEvidence>(records, "git.tag") {
            return Ok(Some(recorded));
        }
        let (Some(commit), Some(begun)) = (self.commit(), resume::begun(records)) else {
            return Ok(None);
        };
        let name = self.project.tag_name(&begun.recorded.version);
        let found = self.project.repository.tag(&name).await?;
        let ours =
            found.filter(|tag| tag.kind == TagKind::Annotated && tag.commit == commit.commit);
        Ok(ours.map(|tag| TagEvidence { tag: tag.name, id: tag.id, commit: tag.commit }))
    }

    fn commit(&self) -> Option<CommitEvidence> {
        resume::evidence(self.journal.records(), "prepare.commit")
    }

    /// The tag goes here and at the remote, and the branch goes back, unless
    /// something lasting was made from them.
    async fn take_back_git(&mut self, stays: bool) -> Result<(), ReleaseError> {
        let Some(commit) = self.commit() else { return Ok(()) };
        let reporter = &self.environment.reporter;
        if stays {
            let words = "its tag stay: what is published was made from them";
            reporter.warn(format!("commit {} and {words}", commit.short));
            return Ok(());
        }
        let remote = match self.journal.intent("git.push") {
            Some(_) => {
                let name = &self.project.configuration.git.remote;
                self.project.repository.remote_refs(name).await?
            }
            None => RemoteRefs::default(),
        };
        self.delete_tag(&remote).await?;
        if remote.branches.values().any(|there| *there == commit.commit) {
            let words = "is pushed and stays on the branch; revert it if you like";
            reporter.warn(format!("the release commit {} {words}", commit.short));
            return Ok(());
        }
        self.put_branch_back(&commit).await
    }

    async fn delete_tag(&self, remote: &RemoteRefs) -> Result<(), ReleaseError> {
        let Some(tag) = self.tag().await? else { return Ok(()) };
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

    async fn put_branch_back(&self, commit: &CommitEvidence) -> Result<(), ReleaseError> {
        let repository = &self.project.repository;
        let status = repository.status().await?;
        let (Some(branch), true) =
            (status.branch(), status.commit.as_ref() == Some(&commit.commit))
        else {
            return Ok(());
        };
        match repository.reset_branch(branch, &commit.commit, &commit.base).await {
            Ok(()) => {
                self.environment.reporter.ok(format!("{branch} is back at {}", commit.base));
                Ok(())
            }
            Err(GitError::Dirty { .. }) => {
                let words = "the release commit stays: the work tree has changes";
                self.environment.reporter.warn(words);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
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
