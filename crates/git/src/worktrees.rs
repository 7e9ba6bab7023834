use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{CommitId, GitError, runner::Runner};

/// Until it is complete, other commands of git fail in the repository, so it is not interrupted.
pub(crate) async fn add_worktree(
    runner: &Runner,
    path: &Path,
    commit: &CommitId,
) -> Result<(), GitError> {
    let add = runner.command("make the release tree").args(["worktree", "add", "--quiet"]);
    let add = add.uninterrupted();
    add.args(["--detach", "--"]).arg(path).arg(commit).output().await.map(drop)
}

pub(crate) async fn remove_worktree(
    runner: &Runner,
    common_dir: &Path,
    path: &Path,
) -> Result<bool, GitError> {
    let path = resolved_path(path);
    remove_half_made(common_dir, &path)?;
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

/// What git leaves when it ends while it makes a work tree: `commondir` is empty, and most commands
/// fail ("failed to read .git/worktrees/NAME/commondir"), `git worktree prune` among them. The path
/// is written before it (git, `builtin/worktree.c`), so that nobody else's is removed.
fn remove_half_made(common_dir: &Path, path: &Path) -> Result<(), GitError> {
    let Ok(entries) = std::fs::read_dir(common_dir.join("worktrees")) else { return Ok(()) };
    for entry in entries.filter_map(Result::ok) {
        let folder = entry.path();
        let is_of_path = std::fs::read(folder.join("gitdir")).is_ok_and(|text| {
            Path::new(OsStr::from_bytes(text.trim_ascii_end())).parent() == Some(path)
        });
        let is_half_made =
            std::fs::read(folder.join("commondir")).map_or(true, |text| text.is_empty());
        if is_of_path && is_half_made {
            remove_folder(&folder)?;
            remove_folder(path)?;
        }
    }
    Ok(())
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
