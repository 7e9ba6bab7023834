use std::path::{Path, PathBuf};

use crate::{GitError, Repository, program::Invocation};

/// A copy of a repository that may be released for practice.
#[derive(Debug, Clone)]
pub struct LocalClone {
    /// Its work tree, on the same branch, with `origin` beside it as remote.
    pub repository: Repository,
    /// The bare repository that plays the remote.
    pub origin: PathBuf,
}

impl Repository {
    /// Copies all branches and tags into `folder`: a bare `origin.git`, and
    /// beside it a full clone with the committed state of the branch checked
    /// out. Uncommitted changes and hooks are not copied; who commits is.
    ///
    /// # Errors
    /// [`GitError::Failed`] when `folder` has such clones already.
    pub async fn clone_local(&self, folder: &Path) -> Result<LocalClone, GitError> {
        let (origin, work) = (folder.join("origin.git"), folder.join(self.folder_name()));
        let copy = self.run("copy the repository").args(["clone", "--quiet", "--bare", "--"]);
        copy.arg(self.common_dir()).arg(&origin).output().await?;
        let checkout = self.run("clone the copy").args(["clone", "--quiet", "--no-checkout", "--"]);
        checkout.arg(&origin).arg(&work).output().await?;
        self.check_out(&work).await?;
        let repository = self.git.discover(&work).await?;
        self.copy_identity(&repository).await?;
        Ok(LocalClone { repository, origin })
    }

    fn folder_name(&self) -> &std::ffi::OsStr {
        self.root().file_name().unwrap_or_else(|| "project".as_ref())
    }

    /// The same branch, following its counterpart; or the same commit, detached.
    async fn check_out(&self, work: &Path) -> Result<(), GitError> {
        let (status, head) = (self.status().await?, self.head().await?);
        let ask = self.git.run_in(work, "check out the copy").args(["checkout", "--quiet"]);
        let ask: Invocation = match status.branch() {
            Some(branch) => ask.args(["-B", branch, "--track", &format!("origin/{branch}")]),
            None => ask.args(["--detach", head.as_str()]),
        };
        ask.arg("--").output().await.map(drop)
    }

    async fn copy_identity(&self, copy: &Repository) -> Result<(), GitError> {
        for key in ["user.name", "user.email"] {
            let own = self.run("read who commits").args(["config", "--local", "--get", key]);
            let answer = own.outcome().await?;
            if answer.success() {
                let set = copy.run("set who commits in the copy").args(["config", "--local"]);
                set.args([key, &answer.line()]).output().await?;
            }
        }
        Ok(())
    }
}
