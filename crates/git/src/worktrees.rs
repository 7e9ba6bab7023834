use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{CommitId, GitError, runner::Runner};

pub(crate) async fn add_worktree(
    runner: &Runner,
    path: &Path,
    commit: &CommitId,
) -> Result<(), GitError> {
    let add = runner.command("make the release tree").args(["worktree", "add", "--quiet"]);
    add.args(["--detach", "--"]).arg(path).arg(commit).output().await.map(drop)
}

pub(crate) async fn remove_worktree(runner: &Runner, path: &Path) -> Result<bool, GitError> {
    let path = resolved_path(path);
    if !linked_worktrees(runner).await?.contains(&path) {
        return Ok(false);
    }
    if try_remove(runner, &path).await.is_err() {
        // Git refuses a folder without its `.git` file, and accepts a missing folder.
        remove_folder(&path)?;
        try_remove(runner, &path).await?;
    }
    Ok(true)
}

async fn try_remove(runner: &Runner, path: &Path) -> Result<(), GitError> {
    let remove = runner.command("remove the release tree").args(["worktree", "remove"]);
    // Twice: a tree whose creation was interrupted is locked.
    remove.args(["--force", "--force", "--"]).arg(path).output().await.map(drop)
}

pub(crate) async fn linked_worktrees(runner: &Runner) -> Result<Vec<PathBuf>, GitError> {
    let list = runner.command("list the work trees");
    let list = list.args(["worktree", "list", "--porcelain", "-z"]);
    let listed = list.output().await?.into_bytes();
    let fields = listed.split(|byte| *byte == 0);
    let paths = fields.filter_map(|field| field.strip_prefix(b"worktree "));
    Ok(paths.skip(1).map(|path| PathBuf::from(OsStr::from_bytes(path))).collect())
}

fn remove_folder(path: &Path) -> Result<(), GitError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(GitError::Io { purpose: "remove", path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// The path as git lists it: symbolic links of the parent resolved, even when
/// the folder itself is gone.
fn resolved_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
    match (absolute.canonicalize(), parent, absolute.file_name()) {
        (Ok(resolved), _, _) => resolved,
        (_, Some(parent), Some(name)) => parent.join(name),
        _ => absolute,
    }
}
