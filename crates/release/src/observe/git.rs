use git::{CommitId, GitError, RemoteRefs};
use operation::error_chain;
use release_plan::{ObservedGit, Progress, ReleaseTags, RemoteState};

use crate::{Project, ReleaseError, unfinished::UnfinishedRelease};

/// Whether the remote is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    Used,
    Unused,
}

/// Observes the work tree, the tags and the remote.
pub(super) async fn observe_git(
    project: &Project,
    continued: Option<&UnfinishedRelease>,
    network: Network,
) -> Result<ObservedGit, ReleaseError> {
    let (repository, settings) = (&project.repository, &project.configuration.git);
    let status = repository.status().await?;
    let head = repository.head().await?;
    let branch = status.branch().map(str::to_owned);
    let remote = repository.remote(&settings.remote);
    let (remote, refs) = match network {
        Network::Unused => (unqueried(remote.url().await.as_ref().err()), RemoteRefs::default()),
        Network::Used => match remote.refs().await {
            Ok(refs) => (remote_state(project, branch.as_deref(), &head, &refs).await?, refs),
            Err(GitError::NoRemote { .. }) => (RemoteState::Missing, RemoteRefs::default()),
            Err(error) => (RemoteState::Unreachable(error_chain(&error)), RemoteRefs::default()),
        },
    };
    // The tag that only this machine has may be the one that is continued.
    let private = continued.filter(|release| release.progress == Progress::Private);
    let own = private.map(|release| release.start.tag.as_str());
    let local = repository.tags().list("*").await?.into_iter().map(|tag| tag.name);
    let local = local.filter(|name| Some(name.as_str()) != own);
    let names = local.chain(refs.tags.into_keys());
    let contains_release = match continued.and_then(|release| release.commit.as_ref()) {
        Some(commit) => repository.is_ancestor(commit, &head).await.unwrap_or(false),
        None => false,
    };
    Ok(ObservedGit {
        branch,
        head: head.as_str().to_owned(),
        dirty: status.changes.iter().map(|change| change.path.clone()).collect(),
        untracked: status.untracked,
        remote,
        contains_release,
        tags: project.release_tags(names),
    })
}

/// Whether there is a remote of that name can be seen without asking it.
fn unqueried(error: Option<&GitError>) -> RemoteState {
    match error {
        None => RemoteState::Unchecked,
        Some(GitError::NoRemote { .. }) => RemoteState::Missing,
        Some(error) => RemoteState::Unreachable(error_chain(error)),
    }
}

async fn remote_state(
    project: &Project,
    branch: Option<&str>,
    head: &CommitId,
    refs: &RemoteRefs,
) -> Result<RemoteState, ReleaseError> {
    let Some(remote) = branch.and_then(|branch| refs.branches.get(branch)) else {
        return Ok(RemoteState::NewBranch);
    };
    let repository = &project.repository;
    // A commit that this repository does not have is one that is missing locally.
    let is_local = repository.resolve(remote.as_str()).await.is_ok();
    let is_contained = is_local && repository.is_ancestor(remote, head).await?;
    Ok(if is_contained { RemoteState::UpToDate } else { RemoteState::Ahead })
}

/// The release tags, local and at the remote.
///
/// # Errors
/// [`GitError`], also when the remote does not answer.
pub(crate) async fn release_tags(project: &Project) -> Result<ReleaseTags, GitError> {
    let (repository, settings) = (&project.repository, &project.configuration.git);
    let local = repository.tags().list("*").await?.into_iter().map(|tag| tag.name);
    let remote = repository.remote(&settings.remote).refs().await?.tags.into_keys();
    Ok(project.release_tags(local.chain(remote)))
}
