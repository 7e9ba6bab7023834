use probe::Probe;

use crate::{
    CommitId, GitError, Remote, RemoteRefs, TagId,
    history::{has_commit, is_ancestor},
    program::GitOutput,
    ref_name::{branch_ref, checked_branch_ref, checked_tag_ref, tag_ref},
};

/// One ref to push, never by force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushRef {
    /// A branch, forward to a commit.
    Branch {
        /// Its name at the remote.
        name: String,
        /// The commit that it is moved to.
        commit: CommitId,
    },
    /// A new tag.
    Tag {
        /// Its name.
        name: String,
        /// Tag object, or commit of a lightweight tag.
        id: TagId,
    },
}

impl PushRef {
    fn refspec(&self) -> String {
        match self {
            Self::Branch { name, commit } => format!("{commit}:{}", branch_ref(name)),
            Self::Tag { name, id } => format!("{id}:{}", tag_ref(name)),
        }
    }
}

/// What a successful push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushOutcome {
    /// At least one ref was created or moved.
    Pushed,
    /// The remote already had all refs.
    UpToDate,
}

impl Remote<'_> {
    /// Pushes all refs or none. After a failure the refs of the remote are
    /// read again, so that the error states the reason, and a push whose
    /// response was lost counts as done when its refs have arrived.
    ///
    /// # Errors
    /// [`GitError::NonFastForward`], [`GitError::TagTaken`], [`GitError::PushRefused`],
    /// [`GitError::RemoteUnavailable`], [`GitError::PushUnknown`], [`GitError::NoRemote`].
    pub async fn push_atomic(self, refs: &[PushRef]) -> Result<PushOutcome, GitError> {
        self.check_names(refs).await?;
        let url = self.url().await?;
        let push = self.runner().remote_command("push").await?;
        let push = push.args(["push", "--porcelain", "--atomic", "--no-follow-tags", "--"]);
        let push = push.arg(self.name()).args(refs.iter().map(PushRef::refspec));
        let output = push.outcome().await?;
        if output.success() {
            let up_to_date = is_all_up_to_date(&output.text());
            return Ok(if up_to_date { PushOutcome::UpToDate } else { PushOutcome::Pushed });
        }
        match self.refs().await {
            Ok(actual) => self.confirm_push(refs, &actual, &output).await,
            // 1: git got a response and it was a refusal. Anything else: git gave up before.
            Err(_) if output.code() == Some(1) => Err(self.push_unknown(&output)),
            Err(_) => Err(self.unavailable(&url, &output)),
        }
    }

    async fn check_names(self, refs: &[PushRef]) -> Result<(), GitError> {
        for pushed in refs {
            match pushed {
                PushRef::Branch { name, .. } => checked_branch_ref(self.runner(), name).await?,
                PushRef::Tag { name, .. } => checked_tag_ref(self.runner(), name).await?,
            };
        }
        Ok(())
    }

    /// Whether all refs arrived although git reported a failure.
    async fn confirm_push(
        self,
        refs: &[PushRef],
        actual: &RemoteRefs,
        output: &GitOutput,
    ) -> Result<PushOutcome, GitError> {
        let mut complete = true;
        for pushed in refs {
            complete &= match pushed {
                PushRef::Tag { name, id } => self.has_tag(name, id, actual)?,
                PushRef::Branch { name, commit } => self.has_branch(name, commit, actual).await?,
            };
        }
        if complete { Ok(PushOutcome::Pushed) } else { Err(self.push_refused(output)) }
    }

    /// Whether the branch is exactly at the commit; an error when the commit
    /// does not contain it.
    async fn has_branch(
        self,
        branch: &str,
        commit: &CommitId,
        actual: &RemoteRefs,
    ) -> Result<bool, GitError> {
        let Some(tip) = actual.branches.get(branch) else { return Ok(false) };
        if tip == commit {
            return Ok(true);
        }
        // A commit that is missing locally cannot be an ancestor of a local one.
        let runner = self.runner();
        if has_commit(runner, tip).await? && is_ancestor(runner, tip, commit).await? {
            return Ok(false);
        }
        let (remote, branch) = (self.name().to_owned(), branch.to_owned());
        Err(GitError::NonFastForward { remote, branch, local: commit.to_string() })
    }

    /// Whether the remote has the tag; an error when another tag has its name.
    fn has_tag(self, tag: &str, id: &TagId, actual: &RemoteRefs) -> Result<bool, GitError> {
        match actual.probe_tag(tag, id) {
            Probe::Absent => Ok(false),
            Probe::Identical(()) => Ok(true),
            Probe::Diverged(other) => Err(GitError::TagTaken {
                tag: tag.to_owned(),
                location: format!("at `{}`", self.name()),
                actual: other.commit.to_string(),
            }),
        }
    }

    /// Deletes a tag at the remote if it is the expected one; false when the
    /// remote has no such tag.
    ///
    /// # Errors
    /// [`GitError::TagTaken`] when it points elsewhere, else as [`Remote::push_atomic`].
    pub async fn delete_tag(self, tag: &str, expected: &TagId) -> Result<bool, GitError> {
        let full = checked_tag_ref(self.runner(), tag).await?;
        if !self.has_tag(tag, expected, &self.refs().await?)? {
            return Ok(false);
        }
        let push = self.runner().remote_command("delete the remote's tag").await?;
        let push = push.args(["push", "--porcelain"]);
        let push = push.arg(format!("--force-with-lease={full}:{expected}"));
        let output = push.args(["--", self.name(), &format!(":{full}")]).outcome().await?;
        let actual = self.refs().await.map_err(|_| self.push_unknown(&output))?;
        if self.has_tag(tag, expected, &actual)? {
            return Err(self.push_refused(&output));
        }
        Ok(true)
    }

    fn push_refused(self, output: &GitOutput) -> GitError {
        GitError::PushRefused { remote: self.name().to_owned(), message: output.message() }
    }

    fn push_unknown(self, output: &GitOutput) -> GitError {
        GitError::PushUnknown { remote: self.name().to_owned(), message: output.message() }
    }
}

/// Whether `git push --porcelain` had nothing to do for any ref (git
/// documentation, "git-push", Output): flag `=`, tab, `from:to`, tab, summary.
fn is_all_up_to_date(report: &str) -> bool {
    let mut flags = report.lines().filter_map(ref_flag).peekable();
    flags.peek().is_some() && flags.all(|flag| flag == '=')
}

/// The flag of a line about a ref; `None` for other lines.
fn ref_flag(line: &str) -> Option<char> {
    let mut fields = line.split('\t');
    let flag = fields.next().filter(|flag| flag.chars().count() == 1)?.chars().next()?;
    fields.next()?.contains(':').then_some(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_other_lines_are_not() {
        let text =
            "To /x\n=\taaa:refs/heads/main\t[up to date]\n*\tbbb:refs/tags/v1\t[new tag]\nDone\n";
        assert_eq!(text.lines().filter_map(ref_flag).collect::<Vec<_>>(), ['=', '*']);
        assert!(!is_all_up_to_date(text));
        assert!(is_all_up_to_date("=\ta:refs/tags/v\tx\n"));
        assert!(!is_all_up_to_date("Done\n"));
    }
}
