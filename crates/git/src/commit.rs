use crate::{CommitId, GitError, Repository, program::literal};

impl Repository {
    /// Who commits: `Name <mail> time zone`.
    ///
    /// # Errors
    /// [`GitError::NoIdentity`].
    pub async fn identity(&self) -> Result<String, GitError> {
        let ask = self.run("see who commits").args(["var", "GIT_COMMITTER_IDENT"]);
        let answer = ask.outcome().await?;
        if answer.success() {
            return Ok(answer.line());
        }
        Err(GitError::NoIdentity { said: answer.said() })
    }

    /// Commits these paths (counted from the work tree's top) as they are in
    /// the work tree, and gives the new commit; the present one when they have
    /// no changes. The user's hooks and signing configuration are respected.
    ///
    /// # Errors
    /// [`GitError::CommitRefused`], [`GitError::NoIdentity`].
    pub async fn commit(&self, paths: &[&str], message: &str) -> Result<CommitId, GitError> {
        if paths.is_empty() {
            return self.head().await;
        }
        let paths: Vec<String> = paths.iter().map(|path| literal(path)).collect();
        self.run("stage the changes").args(["add", "--all", "--"]).args(&paths).output().await?;
        if !self.has_staged(&paths).await? {
            return self.head().await;
        }
        self.identity().await?;
        let ask = self.run("commit").args(["commit", "--quiet", "--cleanup=whitespace"]);
        let ask = ask.args(["--file=-", "--only", "--"]).args(&paths).input(message);
        let answer = ask.outcome().await?;
        if answer.success() {
            return self.head().await;
        }
        Err(GitError::CommitRefused { purpose: "commit".to_owned(), said: answer.said() })
    }

    async fn has_staged(&self, paths: &[String]) -> Result<bool, GitError> {
        let ask = self.run("compare with the commit").args(["diff", "--cached", "--quiet", "--"]);
        let answer = ask.args(paths).outcome().await?;
        match answer.code() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(answer.failed()),
        }
    }
}
