use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::{
    Commit, CommitId, Git, GitError, Remote, Status, Tags, branch, commit, history,
    runner::Runner,
    status::{self, read_status},
    worktrees,
};

/// A work tree and its repository. Each linked work tree is a `Repository`
/// with the same [`Repository::common_dir`].
#[derive(Debug, Clone)]
pub struct Repository {
    runner: Runner,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Git {
    /// The repository whose work tree contains `folder`.
    ///
    /// # Errors
    /// [`GitError::NotAWorkTree`], [`GitError::Program`].
    pub async fn discover(&self, folder: impl AsRef<Path>) -> Result<Repository, GitError> {
        Repository::open(self.clone(), folder.as_ref()).await
    }
}

impl Repository {
    /// The repository whose work tree contains `folder`, with the user's git
    /// configuration. [`Git::discover`] takes another environment.
    ///
    /// # Errors
    /// [`GitError::NotAWorkTree`], [`GitError::Program`].
    pub async fn discover(folder: impl AsRef<Path>) -> Result<Self, GitError> {
        Self::open(Git::new(), folder.as_ref()).await
    }

    async fn open(git: Git, folder: &Path) -> Result<Self, GitError> {
        if !folder.is_dir() {
            return Err(not_a_work_tree(folder, "there is no such folder".to_owned()));
        }
        let query = git.command_in(folder, "find the work tree");
        let query = query.args(["rev-parse", "--path-format=absolute", "--show-toplevel"]);
        let output = query.args(["--absolute-git-dir", "--git-common-dir"]).outcome().await?;
        if !output.success() {
            return Err(not_a_work_tree(folder, output.message()));
        }
        let unexpected = output.unexpected(output.text());
        let [root, git_dir, common_dir] = three_paths(&output.into_bytes()).ok_or(unexpected)?;
        Ok(Self { runner: Runner::new(git, &root), git_dir, common_dir })
    }

    /// The top folder of the work tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.runner.root()
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

    pub(crate) fn runner(&self) -> &Runner {
        &self.runner
    }

    /// The tags of this repository.
    #[must_use]
    pub fn tags(&self) -> Tags<'_> {
        Tags::new(&self.runner)
    }

    /// A remote by its configured name.
    #[must_use]
    pub fn remote<'a>(&'a self, name: &'a str) -> Remote<'a> {
        Remote::new(&self.runner, name)
    }

    /// Whether a shallow clone cut off the history: tags and ancestors may be
    /// missing then.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn is_shallow(&self) -> Result<bool, GitError> {
        let query = self.runner.command("see whether the clone is shallow");
        Ok(query.args(["rev-parse", "--is-shallow-repository"]).output().await?.line() == "true")
    }

    /// Reads the state of the work tree.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn status(&self) -> Result<Status, GitError> {
        read_status(&self.runner).await
    }

    /// The commit checked out.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] before the first commit.
    pub async fn head(&self) -> Result<CommitId, GitError> {
        history::resolve(&self.runner, "HEAD").await
    }

    /// The commit that a revision (branch, tag, hash, `HEAD~2`) names.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    pub async fn resolve(&self, revision: &str) -> Result<CommitId, GitError> {
        history::resolve(&self.runner, revision).await
    }

    /// The shortest unambiguous prefix of a commit's name, at least seven
    /// digits unless configured otherwise.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn short_id(&self, commit: &CommitId) -> Result<String, GitError> {
        history::short_id(&self.runner, commit).await
    }

    /// Whether `descendant` contains `ancestor` (a commit contains itself).
    ///
    /// # Errors
    /// [`GitError::Failed`] also when one of the two is not in this repository.
    pub async fn is_ancestor(
        &self,
        ancestor: &CommitId,
        descendant: &CommitId,
    ) -> Result<bool, GitError> {
        history::is_ancestor(&self.runner, ancestor, descendant).await
    }

    /// Describes a commit as `git describe --tags --long` does, by tags that
    /// match the glob `pattern`; `None` when no ancestor has such a tag.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`].
    pub async fn describe(
        &self,
        commit: &CommitId,
        pattern: &str,
    ) -> Result<Option<String>, GitError> {
        history::describe(&self.runner, commit, pattern).await
    }

    /// The commits that `to` contains and `from` does not, newest first;
    /// without `from`, all that `to` contains.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn log(
        &self,
        from: Option<&CommitId>,
        to: &CommitId,
    ) -> Result<Vec<Commit>, GitError> {
        history::log(&self.runner, from, to).await
    }

    /// The content of a file in a commit; `None` when the commit has no such
    /// file. `path` is relative to the top of the work tree. Content above
    /// 16 MiB is cut.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn file_at(
        &self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, GitError> {
        history::file_at(&self.runner, commit, path).await
    }

    /// Those of the given files and folders that a commit contains, by their paths from
    /// the top folder.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn files_in(
        &self,
        commit: &CommitId,
        paths: &[&str],
    ) -> Result<Vec<String>, GitError> {
        history::files_in(&self.runner, commit, paths).await
    }

    /// The files that `from` contains and `to` does not, renamed ones included, by
    /// their paths from the top folder.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn deleted_files(
        &self,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<String>, GitError> {
        history::deleted_files(&self.runner, from, to).await
    }

    /// Those of the given paths, from the top folder, that git ignores and that are not
    /// under version control. They need not exist.
    ///
    /// # Errors
    /// [`GitError::Failed`] also for a path inside of a submodule.
    pub async fn ignored(&self, paths: &[&str]) -> Result<Vec<String>, GitError> {
        status::ignored(&self.runner, paths).await
    }

    /// The files in a folder of a commit and in the folders below it, by their paths from
    /// the top folder.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn files_below(
        &self,
        commit: &CommitId,
        folder: &str,
    ) -> Result<Vec<String>, GitError> {
        history::files_below(&self.runner, commit, folder).await
    }

    /// The committer: `Name <mail> time zone`.
    ///
    /// # Errors
    /// [`GitError::NoIdentity`].
    pub async fn identity(&self) -> Result<String, GitError> {
        commit::identity(&self.runner).await
    }

    /// Commits these paths (relative to the top of the work tree) as they are
    /// in the work tree and returns the new commit, or the current one when
    /// they have no changes. The user's hooks and signing configuration apply.
    ///
    /// # Errors
    /// [`GitError::CommitRefused`], [`GitError::NoIdentity`].
    pub async fn commit(&self, paths: &[&str], message: &str) -> Result<CommitId, GitError> {
        commit::commit_paths(&self.runner, paths, message).await
    }

    /// Makes the index that of the commit checked out; the files stay as they are. After
    /// a program that stages what it does, every change is one of the work tree.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn unstage(&self) -> Result<(), GitError> {
        commit::unstage(&self.runner).await
    }

    /// Moves the checked-out branch and its work tree forward, if the branch
    /// is exactly at `from` and nothing is uncommitted. A branch that is at
    /// `to` already is left as it is. Git refuses to overwrite untracked and
    /// ignored files.
    ///
    /// # Errors
    /// [`GitError::NotOnBranch`], [`GitError::BranchMoved`], [`GitError::Dirty`].
    pub async fn fast_forward(
        &self,
        branch: &str,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<(), GitError> {
        branch::fast_forward(&self.runner, branch, from, to).await
    }

    /// Resets the checked-out branch and its work tree to `to`, if the branch
    /// is exactly at `expected`, contains `to`, and nothing is uncommitted.
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
        branch::reset_branch(&self.runner, branch, expected, to).await
    }

    /// Checks a commit out into a new folder, detached: a linked work tree
    /// whose files can be changed without touching the user's.
    ///
    /// # Errors
    /// [`GitError::Failed`] when the folder exists and is not empty.
    pub async fn add_worktree(&self, path: &Path, commit: &CommitId) -> Result<Self, GitError> {
        worktrees::add_worktree(&self.runner, path, commit).await?;
        self.runner.git().discover(path).await
    }

    /// Removes a linked work tree with everything in it, also when it is
    /// damaged or incomplete; false when this repository has no work tree at
    /// that path. Other folders are left alone.
    ///
    /// # Errors
    /// [`GitError::Failed`], [`GitError::Io`].
    pub async fn remove_worktree(&self, path: &Path) -> Result<bool, GitError> {
        worktrees::remove_worktree(&self.runner, &self.common_dir, path).await
    }

    /// Folders of all linked work trees, without the main one.
    ///
    /// # Errors
    /// [`GitError`].
    pub async fn linked_worktrees(&self) -> Result<Vec<PathBuf>, GitError> {
        worktrees::linked_worktrees(&self.runner).await
    }
}

fn not_a_work_tree(folder: &Path, message: String) -> GitError {
    GitError::NotAWorkTree { folder: folder.to_owned(), message }
}

fn three_paths(output: &[u8]) -> Option<[PathBuf; 3]> {
    let lines = output.strip_suffix(b"\n")?.split(|byte| *byte == b'\n');
    let paths: Vec<PathBuf> = lines.map(|line| PathBuf::from(OsStr::from_bytes(line))).collect();
    paths.try_into().ok()
}
