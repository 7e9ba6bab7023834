use crate::{
    CommitId, GitError, Probe, RemoteRefs, Repository, TagId,
    program::Answer,
    push_report::PushReport,
    refs::{branch_ref, tag_ref},
    remote::unavailable,
};

/// One ref to push: never by force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushRef {
    /// A branch, forward to a commit.
    Branch {
        /// Its name at the remote.
        name: String,
        /// Where it goes.
        commit: CommitId,
    },
    /// A new tag.
    Tag {
        /// Its name.
        name: String,
        /// Tag object, or commit of a light tag.
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

/// What a push that succeeded did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushOutcome {
    /// At least one ref was moved or made.
    Pushed,
    /// The remote had all of it already.
    AlreadyThere,
}

impl Repository {
    /// Pushes all refs or none. After a failure the remote is asked what it
    /// has, so the error says which of the known reasons it was, and a push
    /// whose answer was lost counts as done when its refs are there.
    ///
    /// # Errors
    /// [`GitError::NonFastForward`], [`GitError::TagTaken`], [`GitError::PushRefused`],
    /// [`GitError::RemoteUnavailable`], [`GitError::PushUnknown`], [`GitError::NoRemote`].
    pub async fn push_atomic(
        &self,
        remote: &str,
        refs: &[PushRef],
    ) -> Result<PushOutcome, GitError> {
        self.check_names(refs).await?;
        let url = self.remote_url(remote).await?;
        let ask = self.talk("push").await?.args(["push", "--porcelain", "--atomic"]);
        let ask = ask.args(["--no-follow-tags", "--", remote]);
        let answer = ask.args(refs.iter().map(PushRef::refspec)).outcome().await?;
        if answer.success() {
            let settled = PushReport::parse(&answer.text()).all_up_to_date();
            return Ok(if settled { PushOutcome::AlreadyThere } else { PushOutcome::Pushed });
        }
        match self.remote_refs(remote).await {
            Ok(found) => self.explain(remote, refs, &found, &answer).await,
            // 1: git had an answer and it was no. Anything else: git gave up on the way.
            Err(_) if answer.code() == Some(1) => Err(unknown(remote, &answer)),
            Err(_) => Err(unavailable(remote, &url, &answer)),
        }
    }

    async fn check_names(&self, refs: &[PushRef]) -> Result<(), GitError> {
        for wanted in refs {
            match wanted {
                PushRef::Branch { name, .. } => self.checked_branch_ref(name).await?,
                PushRef::Tag { name, .. } => self.checked_tag_ref(name).await?,
            };
        }
        Ok(())
    }

    async fn explain(
        &self,
        remote: &str,
        refs: &[PushRef],
        found: &RemoteRefs,
        answer: &Answer,
    ) -> Result<PushOutcome, GitError> {
        let mut missing = false;
        for wanted in refs {
            match wanted {
                PushRef::Tag { name, id } => {
                    missing |= tag_is_missing(remote, name, id, found)?;
                }
                PushRef::Branch { name, commit } => {
                    missing |= self.branch_is_behind(remote, name, commit, found).await?;
                }
            }
        }
        if missing {
            return Err(GitError::PushRefused { remote: remote.to_owned(), said: answer.said() });
        }
        Ok(PushOutcome::Pushed)
    }

    /// False when the remote has exactly the commit; an error when it went another way.
    async fn branch_is_behind(
        &self,
        remote: &str,
        branch: &str,
        ours: &CommitId,
        found: &RemoteRefs,
    ) -> Result<bool, GitError> {
        let Some(tip) = found.branches.get(branch) else { return Ok(true) };
        if tip == ours {
            return Ok(false);
        }
        // A commit that is not here cannot be an ancestor of one that is.
        if self.has(tip).await? && self.is_ancestor(tip, ours).await? {
            return Ok(true);
        }
        let (remote, branch) = (remote.to_owned(), branch.to_owned());
        Err(GitError::NonFastForward { remote, branch, ours: ours.to_string() })
    }

    /// Deletes a tag at the remote if it still is the expected one; false when
    /// the remote has no such tag.
    ///
    /// # Errors
    /// [`GitError::TagTaken`] when it points elsewhere, else as [`Repository::push_atomic`].
    pub async fn delete_remote_tag(
        &self,
        remote: &str,
        tag: &str,
        expected: &TagId,
    ) -> Result<bool, GitError> {
        let full = self.checked_tag_ref(tag).await?;
        let before = self.remote_refs(remote).await?;
        if !tag_is_here(remote, tag, expected, &before)? {
            return Ok(false);
        }
        let ask = self.talk("delete the remote's tag").await?.args(["push", "--porcelain"]);
        let ask = ask.arg(format!("--force-with-lease={full}:{expected}"));
        let answer = ask.args(["--", remote, &format!(":{full}")]).outcome().await?;
        let after = self.remote_refs(remote).await.map_err(|_| unknown(remote, &answer))?;
        if tag_is_here(remote, tag, expected, &after)? {
            return Err(GitError::PushRefused { remote: remote.to_owned(), said: answer.said() });
        }
        Ok(true)
    }
}

fn unknown(remote: &str, answer: &Answer) -> GitError {
    GitError::PushUnknown { remote: remote.to_owned(), said: answer.said() }
}

fn tag_is_here(remote: &str, tag: &str, id: &TagId, found: &RemoteRefs) -> Result<bool, GitError> {
    tag_is_missing(remote, tag, id, found).map(|missing| !missing)
}

fn tag_is_missing(
    remote: &str,
    tag: &str,
    id: &TagId,
    found: &RemoteRefs,
) -> Result<bool, GitError> {
    match (found.probe_tag(tag, id), found.tags.get(tag)) {
        (Probe::Diverged, Some(other)) => Err(GitError::TagTaken {
            tag: tag.to_owned(),
            place: format!("at `{remote}`"),
            found: other.commit.to_string(),
        }),
        (probe, _) => Ok(probe == Probe::Absent),
    }
}
