//! What a journal says of an unfinished release, and how a new one begins.

use std::path::Path;

use git::CommitId;
use jiff::Timestamp;
use journal::{Entry, Journal};
use release_plan::{Recorded, ReleasePlan};
use release_version::{ReleaseVersion, VersionRequest};
use serde::{Deserialize, Serialize};

use super::{commit_id, prepare::CommitEvidence, release::Release};
use crate::{Environment, OperationError, Project};

/// Step name of the journal's first record.
const BEGINNING: &str = "release";
/// Step name of the record that closes a release.
const END: &str = "release.end";
/// Step name of the record that only optional targets are open.
const REQUIRED_DONE: &str = "release.required";
/// Actions that change something outside this machine, as plans spell them.
const PUBLIC: [&str; 6] = [
    "push-git",
    "draft-forge-release",
    "upload",
    "push-image",
    "move-floating",
    "publish-forge-release",
];

/// The journal's first record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beginning {
    version: ReleaseVersion,
    request: VersionRequest,
    base: String,
    at: Timestamp,
}

/// A release that was begun and is neither finished nor withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) recorded: Recorded,
    pub(crate) at: Timestamp,
}

impl Begun {
    /// The commit to go on from. A release of which nothing was published may
    /// start anew when another commit is checked out: then there is none.
    pub(crate) fn usable_base(&self, head: &CommitId) -> Option<CommitId> {
        let Recorded { base, commit, published, .. } = &self.recorded;
        let same = base == head.as_str() || commit.as_deref() == Some(head.as_str());
        (same || *published).then(|| commit_id(base)).flatten()
    }
}

/// The unfinished release of the project; the one that published something, if
/// several were begun.
pub(crate) fn unfinished(
    project: &Project,
    environment: &Environment,
) -> Result<Option<Begun>, OperationError> {
    let place = environment.state.project(&project.name, &project.root);
    let mut found: Vec<Begun> = Vec::new();
    for name in place.operations().iter().filter(|name| name.starts_with("release-")) {
        let journal = Journal::open(&place.operation(name).join("journal.jsonl"))?;
        found.extend(begun(&journal));
    }
    found.sort_by_key(|begun| (begun.recorded.published && !begun.recorded.complete, begun.at));
    Ok(found.pop())
}

/// What the journal says, unless the release is finished or withdrawn.
pub(crate) fn begun(journal: &Journal) -> Option<Begun> {
    let beginning: Beginning = serde_json::from_value(journal.evidence(BEGINNING)?.clone()).ok()?;
    if journal.evidence(END).is_some() {
        return None;
    }
    let commit = journal.evidence("prepare.commit").cloned();
    let commit = commit.and_then(|value| serde_json::from_value::<CommitEvidence>(value).ok());
    let published = journal.records().iter().any(|record| is_public(&record.entry));
    let Beginning { version, request, base, at } = beginning;
    let commit = commit.map(|evidence| evidence.commit.as_str().to_owned());
    let complete = journal.evidence(REQUIRED_DONE).is_some();
    Some(Begun { recorded: Recorded { version, request, base, commit, published, complete }, at })
}

/// An intent counts: the process may have died after the request went out.
fn is_public(entry: &Entry) -> bool {
    let Entry::Intent(action) = entry else { return false };
    action["do"].as_str().is_some_and(|action| PUBLIC.contains(&action))
}

/// Removes what an earlier attempt left that published nothing.
pub(crate) async fn clear(project: &Project, folder: &Path) -> Result<(), OperationError> {
    project.repository.remove_worktree(&folder.join("tree")).await?;
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|source| OperationError::Project {
            problem: format!("cannot remove the earlier attempt in {}", folder.display()),
            advice: Some("check permissions".to_owned()),
            source: Some(Box::new(source)),
        })?;
    }
    Ok(())
}

pub(crate) fn record_beginning(
    journal: &mut Journal,
    plan: &ReleasePlan,
    request: VersionRequest,
    base: &CommitId,
    at: Timestamp,
) -> Result<(), OperationError> {
    let base = base.as_str().to_owned();
    let beginning = Beginning { version: plan.version, request, base, at };
    let value = serde_json::to_value(beginning).unwrap_or_default();
    Ok(journal.append(BEGINNING, Entry::Done(value))?)
}

/// Everything required is done; only optional targets are open. Another
/// version may be released without finishing them.
pub(crate) fn record_required_done(release: &Release<'_>) -> Result<(), OperationError> {
    let Ok(mut journal) = release.journal.lock() else { return Ok(()) };
    Ok(journal.append(REQUIRED_DONE, Entry::Done(serde_json::Value::Null))?)
}

/// Whether exactly this version was asked for and its release is history.
pub(crate) fn is_finished(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<bool, OperationError> {
    let VersionRequest::Exact(version) = request else { return Ok(false) };
    let place = environment.state.project(&project.name, &project.root);
    let path = place.operation(&format!("release-{version}")).join("journal.jsonl");
    Ok(path.is_file() && Journal::open(&path)?.evidence(END).is_some())
}

/// From here on the release is history: the same words mean the next one.
pub(crate) fn record_end(release: &Release<'_>) -> Result<(), OperationError> {
    let Ok(mut journal) = release.journal.lock() else { return Ok(()) };
    Ok(journal.append(END, Entry::Done(serde_json::Value::Null))?)
}

/// Closes a release that was withdrawn.
pub(crate) fn record_withdrawal(journal: &mut Journal) -> Result<(), OperationError> {
    Ok(journal.append(BEGINNING, Entry::Undone)?)
}
