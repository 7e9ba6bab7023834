//! What journals say of unfinished releases, and how a new one begins.

use std::path::{Path, PathBuf};

use git::CommitId;
use jiff::Timestamp;
use journal::{Entry, Journal, Records};
use release_plan::{Progress, Publishing, Recorded, ReleasePlan};
use release_version::{ReleaseVersion, VersionRequest};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{prepare::CommitEvidence, release::Release};
use operation::{Environment, OperationError};

use crate::{Project, ReleaseError};

/// Step name of the journal's first record.
const BEGINNING: &str = "release";
/// Step name of the record that only optional targets are open.
const REQUIRED_DONE: &str = "release.required";
/// Step name of the record that closes a release.
const END: &str = "release.end";

/// The journal's first record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beginning {
    version: ReleaseVersion,
    request: VersionRequest,
    base: CommitId,
    at: Timestamp,
}

/// A release that was begun and is neither finished nor withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) recorded: Recorded,
    pub(crate) base: CommitId,
    pub(crate) commit: Option<CommitId>,
    pub(crate) at: Timestamp,
}

/// The unfinished releases that matter for a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unfinished {
    /// The one that the same words continue.
    pub(crate) continued: Option<Begun>,
    /// Another one that is partly published and must be closed first.
    pub(crate) blocking: Option<ReleaseVersion>,
}

/// The unfinished releases of the project.
pub(crate) fn unfinished(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<Unfinished, ReleaseError> {
    let place = project.place(environment)?;
    let mut all = Vec::new();
    for name in place.operations().iter().filter(|name| name.starts_with("release-")) {
        all.extend(begun(&Journal::read(&place.operation(name).join("journal.jsonl"))?));
    }
    all.sort_by_key(|begun: &Begun| begun.at);
    let continued = all.iter().rev().find(|begun| begun.is_meant_by(request)).cloned();
    let is_other = |begun: &&Begun| {
        continued.as_ref().is_none_or(|one| one.recorded.version != begun.recorded.version)
    };
    let public = |begun: &&Begun| begun.recorded.progress == Progress::Public;
    let blocking = all.iter().filter(is_other).find(public).map(|begun| begun.recorded.version);
    Ok(Unfinished { continued, blocking })
}

impl Begun {
    /// The version itself always; the same word, unless all that is open is optional.
    pub(super) fn is_meant_by(&self, request: VersionRequest) -> bool {
        let Recorded { version, request: own, progress, .. } = &self.recorded;
        VersionRequest::Exact(*version) == request
            || *own == request && *progress != Progress::OptionalOpen
    }

    /// The commit to go on from. A release that stayed private starts anew
    /// when another commit is checked out: then there is none.
    pub(crate) fn usable_base(&self, head: &CommitId) -> Option<CommitId> {
        let same = self.base == *head || self.commit.as_ref() == Some(head);
        (same || self.recorded.progress > Progress::Private).then(|| self.base.clone())
    }
}

/// What the journal says, unless the release is finished or withdrawn.
pub(crate) fn begun(records: &Records) -> Option<Begun> {
    let beginning: Beginning = evidence(records, BEGINNING)?;
    if records.evidence(END).is_some() {
        return None;
    }
    let commit: Option<CommitEvidence> = evidence(records, "prepare.commit");
    let progress = match publishing(records) {
        Publishing::Nothing => Progress::Private,
        _ if records.evidence(REQUIRED_DONE).is_some() => Progress::OptionalOpen,
        _ => Progress::Public,
    };
    let Beginning { version, request, base, at } = beginning;
    let commit = commit.map(|evidence| evidence.commit);
    let text = |commit: &CommitId| commit.as_str().to_owned();
    let (from, made) = (text(&base), commit.as_ref().map(text));
    let recorded = Recorded { version, request, base: from, commit: made, progress };
    Some(Begun { recorded, base, commit, at })
}

/// The most that any step published, or may have: the process may have died
/// after a request went out, so an intent counts.
pub(crate) fn publishing(records: &Records) -> Publishing {
    let intents = records.intents().map(|(_, intent)| intent_publishes(intent));
    intents.max().unwrap_or(Publishing::Nothing)
}

/// The detail of an intent: the action, and whether it can be taken back.
pub(crate) fn intent_of(action: &release_plan::Action) -> Value {
    json!({ "publishes": action.publishes(), "action": action })
}

pub(crate) fn intent_publishes(intent: &Value) -> Publishing {
    serde_json::from_value(intent["publishes"].clone()).unwrap_or(Publishing::Nothing)
}

pub(crate) fn evidence<T: DeserializeOwned>(records: &Records, step: &str) -> Option<T> {
    serde_json::from_value(records.evidence(step)?.clone()).ok()
}

/// Where a version's journal is.
pub(crate) fn journal_path(
    project: &Project,
    environment: &Environment,
    version: &ReleaseVersion,
) -> Result<PathBuf, OperationError> {
    let place = project.place(environment)?;
    Ok(place.operation(&format!("release-{version}")).join("journal.jsonl"))
}

/// Removes the release's folder with its work trees, but not what `keeps` names.
pub(crate) async fn clear(
    project: &Project,
    folder: &Path,
    keeps: &[&str],
) -> Result<(), ReleaseError> {
    remove_trees(project, folder).await?;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if !keeps.iter().any(|kept| path.ends_with(kept)) {
            remove(&path).map_err(|source| OperationError::Precondition {
                problem: format!("cannot remove {} of an earlier attempt", path.display()),
                advice: Some("check permissions".to_owned()),
                source: Some(Box::new(source)),
            })?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

pub(crate) async fn remove_trees(project: &Project, folder: &Path) -> Result<(), ReleaseError> {
    for tree in super::release::TREES {
        project.repository.remove_worktree(&folder.join(tree)).await?;
    }
    Ok(())
}

pub(crate) fn record_beginning(
    journal: &mut Journal,
    plan: &ReleasePlan,
    request: VersionRequest,
    base: &CommitId,
    at: Timestamp,
) -> Result<(), ReleaseError> {
    let beginning = Beginning { version: plan.version, request, base: base.clone(), at };
    let value = serde_json::to_value(beginning).unwrap_or_default();
    Ok(journal.append(BEGINNING, Entry::Done(value))?)
}

/// Everything required is done; only optional targets are open. Another
/// version may be released without finishing them.
pub(crate) fn record_required_done(release: &Release<'_>) -> Result<(), ReleaseError> {
    record(release, REQUIRED_DONE)
}

/// From here on the release is history: the same words mean the next one.
pub(crate) fn record_end(release: &Release<'_>) -> Result<(), ReleaseError> {
    record(release, END)
}

fn record(release: &Release<'_>, step: &str) -> Result<(), ReleaseError> {
    let Ok(mut journal) = release.journal.lock() else { return Ok(()) };
    Ok(journal.append(step, Entry::Done(Value::Null))?)
}

/// Whether exactly this version was asked for and its release is history.
pub(crate) fn is_finished(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<bool, ReleaseError> {
    let VersionRequest::Exact(version) = request else { return Ok(false) };
    let path = journal_path(project, environment, &version)?;
    Ok(path.is_file() && Journal::read(&path)?.evidence(END).is_some())
}

/// Closes a release that was withdrawn.
pub(crate) fn record_withdrawal(journal: &mut Journal) -> Result<(), ReleaseError> {
    Ok(journal.append(BEGINNING, Entry::Undone)?)
}
