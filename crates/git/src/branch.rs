use crate::{CommitId, GitError, Head, Repository, Status};

impl Repository {
    /// Moves the checked-out branch and its work tree forward, if the branch
    /// is exactly at `from` and nothing is uncommitted. A branch that is at
    /// `to` already is left as it is. Untracked and ignored files that are in
    /// the way make git refuse.
    ///
    /// # Errors
    /// [`GitError::NotOnBranch`], [`GitError::BranchMoved`], [`GitError::Dirty`].
    pub async fn fast_forward(
        &self,
        branch: &str,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<(), GitError> {
        if self.is_at(branch, from, to).await? == Place::There {
            return Ok(());
        }
        let ask = self.run(&format!("move branch `{branch}` forward"));
        let ask = ask.args(["merge", "--quiet", "--ff-only", "--no-overwrite-ignore"]);
        ask.arg(to).output().await?;
        Ok(())
    }

    /// Takes the checked-out branch and its work tree back to `to`, if it is
    /// exactly at `expected`, contains `to`, and nothing is uncommitted.
    /// Untracked files stay.
    ///
    /// # Errors
    /// As [`Repository::fast_forward`].
    pub async fn reset_branch(
        &self,
        branch: &str,
        expected: &CommitId,
        to: &CommitId,
    ) -> Result<(), GitError> {
        if self.is_at(branch, expected, to).await? == Place::There {
            return Ok(());
        }
        if !self.is_ancestor(to, expected).await? {
            return Err(moved(branch, to, expected));
        }
        let ask = self.run(&format!("take branch `{branch}` back"));
        ask.args(["reset", "--quiet", "--keep"]).arg(to).output().await?;
        Ok(())
    }

    async fn is_at(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Place, GitError> {
        judge(&self.status().await?, branch, from, to)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Start,
    There,
}

fn judge(status: &Status, branch: &str, from: &CommitId, to: &CommitId) -> Result<Place, GitError> {
    if status.branch() != Some(branch) {
        return Err(not_on(branch, &status.head));
    }
    match &status.commit {
        Some(commit) if commit == to => Ok(Place::There),
        Some(commit) if commit != from => Err(moved(branch, from, commit)),
        None => Err(GitError::UnknownRevision { revision: "HEAD".to_owned() }),
        Some(_) if status.is_clean() => Ok(Place::Start),
        Some(_) => {
            let paths = status.changes.iter().map(|change| change.path.clone()).collect();
            Err(GitError::Dirty { paths })
        }
    }
}

fn moved(branch: &str, expected: &CommitId, found: &CommitId) -> GitError {
    let (expected, found) = (expected.clone(), found.clone());
    GitError::BranchMoved { branch: branch.to_owned(), expected, found }
}

fn not_on(branch: &str, head: &Head) -> GitError {
    let found = match head {
        Head::Branch(name) => format!("branch `{name}`"),
        Head::Detached => "a detached head".to_owned(),
    };
    GitError::NotOnBranch { branch: branch.to_owned(), found }
}
