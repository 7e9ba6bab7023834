use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{Git, GitError, program::Invocation};

/// A work tree and the repository behind it. Linked work trees are
/// repositories of their own with the same [`Repository::common_dir`].
#[derive(Debug, Clone)]
pub struct Repository {
    pub(crate) git: Git,
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Repository {
    /// The repository whose work tree holds `folder`, with the user's own
    /// git configuration. [`Git::discover`] takes another environment.
    ///
    /// # Errors
    /// [`GitError::NotAWorkTree`], [`GitError::Program`].
    pub async fn discover(folder: impl AsRef<Path>) -> Result<Self, GitError> {
        Git::new().discover(folder).await
    }

    pub(crate) async fn open(git: Git, folder: &Path) -> Result<Self, GitError> {
        let wanted = ["--show-toplevel", "--absolute-git-dir", "--git-common-dir"];
        let refused = |said| GitError::NotAWorkTree { folder: folder.to_owned(), said };
        if !folder.is_dir() {
            return Err(refused("there is no such folder".to_owned()));
        }
        let ask = git.run_in(folder, "find the work tree");
        let answer =
            ask.args(["rev-parse", "--path-format=absolute"]).args(wanted).outcome().await?;
        if !answer.success() {
            return Err(refused(answer.said()));
        }
        let unexpected = answer.garbage(answer.text());
        let [root, git_dir, common_dir] = three_paths(&answer.into_bytes()).ok_or(unexpected)?;
        Ok(Self { git, root, git_dir, common_dir })
    }

    /// The work tree's top folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The `.git` folder of this work tree.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The folder that all linked work trees share.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Whether history was cut off by a shallow clone: tags and ancestors may
    /// be missing then.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn is_shallow(&self) -> Result<bool, GitError> {
        let ask = self.run("see whether the clone is shallow");
        Ok(ask.args(["rev-parse", "--is-shallow-repository"]).output().await?.line() == "true")
    }

    pub(crate) fn run(&self, purpose: &str) -> Invocation {
        self.git.run_in(&self.root, purpose)
    }
}

fn three_paths(output: &[u8]) -> Option<[PathBuf; 3]> {
    let lines = output.strip_suffix(b"\n")?.split(|byte| *byte == b'\n');
    let paths: Vec<PathBuf> = lines.map(|line| PathBuf::from(OsStr::from_bytes(line))).collect();
    paths.try_into().ok()
}
