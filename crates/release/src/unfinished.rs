//! Releases that were started and are neither finished nor withdrawn.

use git::CommitId;
use jiff::Timestamp;
use journal::{Journal, Records};
use operation::Environment;
use release_plan::{Action, Progress, Recorded, StepId};
use release_version::{ReleaseVersion, VersionRequest};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use step_plan::{PlannedStep, Requirement, StepPlan};
use step_runner::StepJournal;

use crate::{
    Project, ReleaseError, commit_evidence::CommitEvidence, context::ReleaseContext,
    folder::ReleaseFolder,
};

/// Name of the record with which a release starts.
const STARTED: &str = "release";
/// Name of the record that only optional targets are open.
const REQUIRED_DONE: &str = "release.required";
/// Name of the record that closes a release.
const FINISHED: &str = "release.end";

/// How a release started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) version: ReleaseVersion,
    pub(crate) request: VersionRequest,
    /// Name of its git tag.
    pub(crate) tag: String,
    /// The commit that it is made from.
    pub(crate) base: CommitId,
    /// The time that its commit, tag and files carry.
    pub(crate) at: Timestamp,
}

/// A release that was started and is neither finished nor withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct UnfinishedRelease {
    pub(crate) start: Start,
    /// The release commit, once it was made.
    pub(crate) commit: Option<CommitId>,
    pub(crate) progress: Progress,
}

impl UnfinishedRelease {
    /// Reads a journal; `None` when the release is finished or withdrawn.
    pub(crate) fn read(records: &Records) -> Result<Option<Self>, ReleaseError> {
        if records.is_done(FINISHED) {
            return Ok(None);
        }
        let Some(start) = records.evidence::<Start>(STARTED)? else { return Ok(None) };
        let commit: Option<CommitEvidence> = records.evidence(&StepId::Commit.to_string())?;
        let progress = match started_steps(records)? {
            steps if !has_published(&steps) => Progress::Private,
            _ if records.is_done(REQUIRED_DONE) => Progress::OptionalOpen,
            _ => Progress::Public,
        };
        Ok(Some(Self { start, commit: commit.map(|evidence| evidence.commit), progress }))
    }

    /// Whether the request continues this release: its version always does; the
    /// same number word does unless only optional targets are open.
    fn is_continued_by(&self, request: VersionRequest) -> bool {
        VersionRequest::Exact(self.start.version) == request
            || self.start.request == request && self.progress != Progress::OptionalOpen
    }

    /// The commit to continue from. A release that published nothing starts anew
    /// when another commit is checked out: then there is none.
    pub(crate) fn usable_base(&self, head: &CommitId) -> Option<CommitId> {
        let is_same = self.start.base == *head || self.commit.as_ref() == Some(head);
        (is_same || self.progress > Progress::Private).then(|| self.start.base.clone())
    }

    /// As the planner needs it.
    pub(crate) fn recorded(&self) -> Recorded {
        Recorded {
            version: self.start.version,
            request: self.start.request,
            base: self.start.base.as_str().to_owned(),
            commit: self.commit.as_ref().map(|commit| commit.as_str().to_owned()),
            progress: self.progress,
        }
    }
}

/// The unfinished releases that matter for a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnfinishedReleases {
    /// The one that the request continues.
    pub(crate) continued: Option<UnfinishedRelease>,
    /// Another one that is partly published and must be closed first.
    pub(crate) blocking: Option<ReleaseVersion>,
}

impl UnfinishedReleases {
    /// Reads the journals of the project.
    pub(crate) fn find(
        project: &Project,
        environment: &Environment,
        request: VersionRequest,
    ) -> Result<Self, ReleaseError> {
        let mut unfinished = Vec::new();
        for folder in project.state(environment)?.operations("release-")? {
            unfinished.extend(UnfinishedRelease::read(&Journal::read(&folder.journal())?)?);
        }
        unfinished.sort_by_key(|release| release.start.at);
        let continued =
            unfinished.iter().rev().find(|release| release.is_continued_by(request)).cloned();
        let continued_version = continued.as_ref().map(|release| release.start.version);
        let blocking = unfinished.iter().find(|release| {
            release.progress == Progress::Public && Some(release.start.version) != continued_version
        });
        let blocking = blocking.map(|release| release.start.version);
        Ok(Self { continued, blocking })
    }
}

/// The folder of a version's release.
pub(crate) fn release_folder(
    project: &Project,
    environment: &Environment,
    version: &ReleaseVersion,
) -> Result<ReleaseFolder, ReleaseError> {
    let folder = project.state(environment)?.operation(&format!("release-{version}"));
    Ok(ReleaseFolder::new(folder))
}

/// Whether exactly this version was requested and its release is finished.
pub(crate) fn is_finished(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<bool, ReleaseError> {
    let VersionRequest::Exact(version) = request else { return Ok(false) };
    let folder = release_folder(project, environment, &version)?;
    Ok(folder.has_journal() && Journal::read(&folder.journal())?.is_done(FINISHED))
}

/// What a step of the newest finished release below this one recorded on this machine.
pub(crate) fn earlier_evidence<T: DeserializeOwned>(
    context: &ReleaseContext<'_>,
    step: &StepId,
) -> Result<Option<(ReleaseVersion, T)>, ReleaseError> {
    let state = context.project.state(context.environment)?;
    let mut newest: Option<(ReleaseVersion, T)> = None;
    for folder in state.operations("release-")? {
        let records = Journal::read(&folder.journal())?;
        let Some(start) = records.evidence::<Start>(STARTED)? else { continue };
        let is_newest = newest.as_ref().is_none_or(|(version, _)| *version < start.version);
        if records.is_done(FINISHED) && start.version < context.version && is_newest {
            let evidence = records.evidence(&step.to_string())?;
            newest = evidence.map(|evidence| (start.version, evidence)).or(newest);
        }
    }
    Ok(newest)
}

/// The part of an intent from which a step is known again.
#[derive(Deserialize)]
struct RecordedIntent {
    action: Action,
}

/// The steps that were started and not undone since, in the order in which they
/// started. A step whose outcome is unknown counts: its request may have arrived.
pub(crate) fn started_steps(records: &Records) -> Result<StepPlan<Action>, ReleaseError> {
    let mut names: Vec<&str> = Vec::new();
    for record in records.iter().filter(|record| records.is_started(&record.step)) {
        if !names.contains(&&*record.step) {
            names.push(&record.step);
        }
    }
    let mut steps = Vec::new();
    for name in names {
        let latest = records.intents::<RecordedIntent>(name)?.pop();
        steps.extend(latest.map(|intent| PlannedStep {
            action: intent.action,
            needs: Vec::new(),
            after: Vec::new(),
            requirement: Requirement::Required,
        }));
    }
    Ok(StepPlan::new(steps))
}

/// Whether anything left this machine, or may have.
pub(crate) fn has_published(started: &StepPlan<Action>) -> bool {
    started.iter().any(|step| step.effect().is_public())
}

pub(crate) fn record_start(journal: &mut Journal, start: &Start) -> Result<(), ReleaseError> {
    Ok(journal.done(&STARTED, start)?)
}

/// Everything required is done and only optional targets are open: another version
/// may be released without finishing them.
pub(crate) fn record_required_done(journal: &StepJournal) -> Result<(), ReleaseError> {
    Ok(journal.done(&REQUIRED_DONE, &())?)
}

/// Closes a release: the same number word means the next release from now on.
pub(crate) fn record_finished(journal: &StepJournal) -> Result<(), ReleaseError> {
    Ok(journal.done(&FINISHED, &())?)
}

/// Closes a release that was withdrawn.
pub(crate) fn record_withdrawn(journal: &StepJournal) -> Result<(), ReleaseError> {
    Ok(journal.undone(&STARTED)?)
}
