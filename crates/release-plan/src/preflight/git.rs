use configuration::Configuration;

use super::first_names::first_names;
use crate::{Finding, ObservedGit, Recorded, RemoteState};

/// Problems of branch, work tree and remote. `published` is the release that is
/// resumed after it published something.
pub(super) fn findings(
    git: &ObservedGit,
    configuration: &Configuration,
    published: Option<&Recorded>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(wrong_branch(git, configuration));
    findings.extend(uncommitted_changes(git));
    findings.extend(untracked_files(git));
    findings.extend(other_commit(git, published));
    findings.extend(remote_problem(git, configuration, published));
    findings
}

fn wrong_branch(git: &ObservedGit, configuration: &Configuration) -> Option<Finding> {
    let (problem, advice) = match (&git.branch, &configuration.git.branch) {
        (None, _) => (
            "HEAD is detached, so there is no branch to push".to_owned(),
            "check out the branch to release from",
        ),
        (Some(current), Some(required)) if current != required => (
            format!("releases are made from `{required}`, but `{current}` is checked out"),
            "check out that branch, or change git.branch",
        ),
        _ => return None,
    };
    let place = git.branch.as_ref().and_then(|_| configuration.lines.line_of("git.branch"));
    Some(Finding::precondition("git", problem, advice).at(place))
}

fn uncommitted_changes(git: &ObservedGit) -> Option<Finding> {
    if git.dirty.is_empty() {
        return None;
    }
    let problem = format!("the work tree has uncommitted changes: {}", first_names(&git.dirty));
    Some(Finding::precondition("git", problem, "commit or stash them"))
}

fn untracked_files(git: &ObservedGit) -> Option<Finding> {
    if git.untracked.is_empty() {
        return None;
    }
    let problem =
        format!("untracked files are not part of the release: {}", first_names(&git.untracked));
    Some(Finding::warning("git", problem, "`git add` what belongs to the release"))
}

/// A partly published release resumes from its own commit: the branch may have
/// moved on from it, but must contain it.
fn other_commit(git: &ObservedGit, published: Option<&Recorded>) -> Option<Finding> {
    let Recorded { version, base, .. } =
        published.filter(|recorded| git.head != recorded.base && !git.contains_release)?;
    let problem = format!(
        "the release of {version} started from commit {base} and is partly published, but a \
         different commit is checked out"
    );
    let advice = "check out a branch that contains it, or close the release with --abort";
    Some(Finding::precondition("git", problem, advice))
}

fn remote_problem(
    git: &ObservedGit,
    configuration: &Configuration,
    published: Option<&Recorded>,
) -> Option<Finding> {
    let subject = format!("git remote {}", configuration.git.remote);
    match &git.remote {
        RemoteState::UpToDate | RemoteState::NewBranch | RemoteState::Unchecked => None,
        // The commit that is missing locally may be our own release commit.
        RemoteState::Ahead if published.is_some() => None,
        RemoteState::Ahead => {
            let problem = "it has commits that are missing locally";
            Some(Finding::precondition(&subject, problem, "pull them first"))
        }
        RemoteState::Missing => {
            let problem = "no such remote";
            let place = configuration.lines.line_of("git.remote");
            Some(Finding::mistake(&subject, problem, "add it, or set git.remote").at(place))
        }
        RemoteState::Unreachable(reason) => {
            Some(Finding::unreachable(&subject, reason, "check the network and your access to it"))
        }
    }
}
