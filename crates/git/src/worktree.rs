use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{CommitId, GitError, Repository};

impl Repository {
    /// Checks a commit out into a new folder, detached: a release tree in
    /// which files may be changed without touching the user's own.
    ///
    /// # Errors
    /// [`GitError::Failed`] when the folder exists and is not empty.
    pub async fn add_worktree(
        &self,
        path: &Path,
        commit: &CommitId,
    ) -> Result<Repository, GitError> {
        let ask = self.run("make the release tree").args(["worktree", "add", "--quiet"]);
        let ask = ask.args(["--detach", "--"]).arg(path).arg(commit);
        ask.output().await?;
        self.git.discover(path).await
    }

    /// Removes a linked work tree with everything in it, also when it is half
    /// gone or was never finished; false when the repository knows none there.
    /// Folders that are no linked work tree of this repository are left alone.
    ///
    /// # Errors
    /// [`GitError::Failed`], [`GitError::Io`].
    pub async fn remove_worktree(&self, path: &Path) -> Result<bool, GitError> {
        let path = real(path);
        if !self.linked_worktrees().await?.contains(&path) {
            return Ok(false);
        }
        if self.try_remove(&path).await.is_err() {
            // A folder without its `.git` file: git refuses it as it is, and
            // accepts that it is missing.
            remove_folder(&path)?;
            self.try_remove(&path).await?;
        }
        Ok(true)
    }

    async fn try_remove(&self, path: &Path) -> Result<(), GitError> {
        let ask = self.run("remove the release tree").args(["worktree", "remove"]);
        // Twice: a tree whose making was interrupted is locked.
        ask.args(["--force", "--force", "--"]).arg(path).output().await?;
        Ok(())
    }

    /// Folders of all linked work trees, without the main one.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn linked_worktrees(&self) -> Result<Vec<PathBuf>, GitError> {
        let ask = self.run("list the work trees").args(["worktree", "list", "--porcelain", "-z"]);
        let listed = ask.output().await?.into_bytes();
        let fields = listed.split(|byte| *byte == 0);
        let paths = fields.filter_map(|field| field.strip_prefix(b"worktree "));
        Ok(paths.skip(1).map(|path| PathBuf::from(OsStr::from_bytes(path))).collect())
    }
}

fn remove_folder(path: &Path) -> Result<(), GitError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(GitError::Io { purpose: "remove", path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// The path as git lists it: symbolic links of the parent resolved; the
/// folder itself may be gone.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
    match (absolute.canonicalize(), parent, absolute.file_name()) {
        (Ok(real), _, _) => real,
        (_, Some(parent), Some(name)) => parent.join(name),
        _ => absolute,
    }
}
