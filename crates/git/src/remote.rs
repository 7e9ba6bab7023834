use std::fmt;

use probe::{Never, Probe};

use crate::{
    CommitId, GitError, RemoteRefs,
    history::{has_commit, is_ancestor, resolve},
    program::GitOutput,
    redact::without_credentials,
    ref_name::checked_branch_ref,
    runner::Runner,
};

/// Address of a remote. Shown without user, password and token.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl(String);

impl RemoteUrl {
    /// The address as configured, credentials included; not to be shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_credentials(&self.0))
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a remote's branch contains a commit. `Absent`: the branch does not
/// exist or can be fast-forwarded to the commit. `Identical` and `Diverged`
/// carry the tip of the branch.
pub type RemoteBranchProbe = Probe<CommitId, Never, CommitId, GitError>;

/// A remote of a repository, by its configured name.
#[derive(Debug, Clone, Copy)]
pub struct Remote<'a> {
    runner: &'a Runner,
    name: &'a str,
}

impl<'a> Remote<'a> {
    pub(crate) fn new(runner: &'a Runner, name: &'a str) -> Self {
        Self { runner, name }
    }

    pub(crate) fn runner(self) -> &'a Runner {
        self.runner
    }

    /// Its configured name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.name
    }

    /// The address that `git push` would use, `insteadOf` rules applied.
    ///
    /// # Errors
    /// [`GitError::NoRemote`].
    pub async fn url(self) -> Result<RemoteUrl, GitError> {
        let query = self.runner.command("read the remote's address");
        let query = query.args(["remote", "get-url", "--push", "--", self.name]);
        let output = query.outcome().await?;
        if output.success() {
            return Ok(RemoteUrl(output.line()));
        }
        Err(GitError::NoRemote { remote: self.name.to_owned() })
    }

    /// Its current branches and tags.
    ///
    /// # Errors
    /// [`GitError::NoRemote`], [`GitError::RemoteUnavailable`].
    pub async fn refs(self) -> Result<RemoteRefs, GitError> {
        let url = self.url().await?;
        let query = self.runner.remote_command("list the remote's branches and tags").await?;
        let query = query.args(["ls-remote", "--quiet", "--", self.name]);
        let output = query.args(["refs/heads/*", "refs/tags/*"]).outcome().await?;
        if !output.success() {
            return Err(self.unavailable(&url, &output));
        }
        RemoteRefs::from_ls_remote(&output.text()).map_err(|line| output.unexpected(line))
    }

    /// Fetches a branch, without tags, and returns its commit; `None` when the
    /// remote has no such branch.
    ///
    /// # Errors
    /// As [`Remote::refs`].
    pub async fn fetch(self, branch: &str) -> Result<Option<CommitId>, GitError> {
        let full = checked_branch_ref(self.runner, branch).await?;
        let mut refs = self.refs().await?;
        let Some(tip) = refs.branches.remove(branch) else { return Ok(None) };
        let fetch = self.runner.remote_command("fetch from the remote").await?;
        let fetch = fetch.args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
        let output = fetch.args(["--", self.name, &full]).outcome().await?;
        if !output.success() {
            return Err(self.unavailable(&self.url().await?, &output));
        }
        // The branch may have moved between the listing and the fetch.
        if has_commit(self.runner, &tip).await? {
            return Ok(Some(tip));
        }
        resolve(self.runner, "FETCH_HEAD").await.map(Some)
    }

    /// Whether the branch contains the commit. Fetches the branch when its tip
    /// is not in this repository.
    pub async fn probe_branch(self, branch: &str, commit: &CommitId) -> RemoteBranchProbe {
        self.compare_branch(branch, commit).await.into()
    }

    async fn compare_branch(
        self,
        branch: &str,
        commit: &CommitId,
    ) -> Result<Probe<CommitId, Never, CommitId>, GitError> {
        let tip = match self.refs().await?.branches.remove(branch) {
            Some(tip) if has_commit(self.runner, &tip).await? => Some(tip),
            Some(_) => self.fetch(branch).await?,
            None => None,
        };
        let Some(tip) = tip else { return Ok(Probe::Absent) };
        if is_ancestor(self.runner, commit, &tip).await? {
            return Ok(Probe::Identical(tip));
        }
        let behind = is_ancestor(self.runner, &tip, commit).await?;
        Ok(if behind { Probe::Absent } else { Probe::Diverged(tip) })
    }

    pub(crate) fn unavailable(self, url: &RemoteUrl, output: &GitOutput) -> GitError {
        let (remote, url) = (self.name.to_owned(), url.to_string());
        GitError::RemoteUnavailable { remote, url, message: output.message() }
    }
}
