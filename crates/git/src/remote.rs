use std::fmt;

use crate::{
    CommitId, GitError, Probe, RemoteRefs, Repository,
    program::{Answer, Invocation},
    redact::without_credentials,
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

impl Repository {
    /// The address that `git push REMOTE` would use, `insteadOf` rules applied.
    ///
    /// # Errors
    /// [`GitError::NoRemote`].
    pub async fn remote_url(&self, remote: &str) -> Result<RemoteUrl, GitError> {
        let ask = self.run("read the remote's address");
        let answer = ask.args(["remote", "get-url", "--push", "--", remote]).outcome().await?;
        if answer.success() {
            return Ok(RemoteUrl(answer.line()));
        }
        Err(GitError::NoRemote { remote: remote.to_owned() })
    }

    /// Branches and tags that the remote has now.
    ///
    /// # Errors
    /// [`GitError::NoRemote`], [`GitError::RemoteUnavailable`].
    pub async fn remote_refs(&self, remote: &str) -> Result<RemoteRefs, GitError> {
        let url = self.remote_url(remote).await?;
        let ask = self.talk("list the remote's branches and tags").await?;
        let ask = ask.args(["ls-remote", "--quiet", "--", remote, "refs/heads/*", "refs/tags/*"]);
        let answer = ask.outcome().await?;
        if !answer.success() {
            return Err(unavailable(remote, &url, &answer));
        }
        RemoteRefs::parse(&answer.text()).map_err(|line| answer.garbage(line))
    }

    /// Brings in a branch of the remote, without tags, and gives its commit;
    /// `None` when the remote has no such branch.
    ///
    /// # Errors
    /// As [`Repository::remote_refs`].
    pub async fn fetch(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, GitError> {
        let full = self.checked_branch_ref(branch).await?;
        let refs = self.remote_refs(remote).await?;
        let Some(tip) = refs.branches.get(branch) else { return Ok(None) };
        let ask = self.talk("fetch from the remote").await?.args(["fetch", "--quiet", "--no-tags"]);
        let ask = ask.args(["--no-recurse-submodules", "--", remote, &full]);
        let answer = ask.outcome().await?;
        if !answer.success() {
            let url = self.remote_url(remote).await?;
            return Err(unavailable(remote, &url, &answer));
        }
        // The branch may have moved between the two questions.
        Ok(Some(if self.has(tip).await? {
            tip.clone()
        } else {
            self.resolve("FETCH_HEAD").await?
        }))
    }

    /// Whether the remote's branch contains the commit (`Identical`), could be
    /// fast-forwarded to it or does not exist (`Absent`), or went another way
    /// (`Diverged`). Fetches the branch when its commit is not known here.
    ///
    /// # Errors
    /// As [`Repository::remote_refs`].
    pub async fn probe_remote_branch(
        &self,
        remote: &str,
        branch: &str,
        commit: &CommitId,
    ) -> Result<Probe, GitError> {
        let tip = match self.remote_refs(remote).await?.branches.remove(branch) {
            Some(tip) if self.has(&tip).await? => Some(tip),
            Some(_) => self.fetch(remote, branch).await?,
            None => None,
        };
        let Some(tip) = tip else { return Ok(Probe::Absent) };
        if self.is_ancestor(commit, &tip).await? {
            return Ok(Probe::Identical);
        }
        let behind = self.is_ancestor(&tip, commit).await?;
        Ok(if behind { Probe::Absent } else { Probe::Diverged })
    }

    /// A command that talks to a remote. An `ssh` that would ask on the
    /// terminal hangs a child that owns none, so it is told not to, unless the
    /// user chose the program.
    pub(crate) async fn talk(&self, purpose: &str) -> Result<Invocation, GitError> {
        let invocation = self.run(purpose).patient();
        let chosen =
            ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| std::env::var_os(name).is_some());
        let ask = self.run("read the configuration").args(["config", "--get", "core.sshCommand"]);
        if chosen || ask.outcome().await?.success() {
            return Ok(invocation);
        }
        Ok(invocation.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"))
    }
}

pub(crate) fn unavailable(remote: &str, url: &RemoteUrl, answer: &Answer) -> GitError {
    let (remote, url) = (remote.to_owned(), url.to_string());
    GitError::RemoteUnavailable { remote, url, said: answer.said() }
}
