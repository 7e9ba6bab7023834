use std::path::PathBuf;

use process::ProcessError;

use crate::CommitId;

/// Why a git operation failed. Git's own message is included for people,
/// without credentials; nothing depends on its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The git program could not be run.
    #[error("cannot run git")]
    Program(#[source] Box<ProcessError>),
    /// The folder is not inside a work tree that git accepts.
    #[error("{} is not inside a git work tree{}", .folder.display(), suffix(.message))]
    NotAWorkTree {
        /// The folder where the search started.
        folder: PathBuf,
        /// Git's message.
        message: String,
    },
    /// A git command failed for another reason.
    #[error("cannot {purpose}{}", suffix(.message))]
    Failed {
        /// What the command was for.
        purpose: String,
        /// Exit code; `None` when a signal ended git.
        code: Option<i32>,
        /// Git's message.
        message: String,
    },
    /// Git's output does not have the documented format.
    #[error("cannot {purpose}: git's output has an unexpected format ({part})")]
    UnexpectedOutput {
        /// What the command was for.
        purpose: String,
        /// The part that could not be parsed.
        part: String,
    },
    /// No commit has this name.
    #[error("`{revision}` names no commit in this repository; fetch it or check the spelling")]
    UnknownRevision {
        /// The name.
        revision: String,
    },
    /// Git does not allow this name for a branch or tag.
    #[error("`{name}` is not a name that git allows for a {kind}")]
    InvalidName {
        /// `branch` or `tag`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// No remote of this name is configured.
    #[error("no remote is called `{remote}`; `git remote -v` lists them")]
    NoRemote {
        /// The name.
        remote: String,
    },
    /// The remote could not be reached or denied access. Git ends with the
    /// same exit code for both.
    #[error("the remote `{remote}` ({url}) cannot be reached or does not accept these credentials{}", suffix(.message))]
    RemoteUnavailable {
        /// Name of the remote.
        remote: String,
        /// Its address, without credentials.
        url: String,
        /// Git's message.
        message: String,
    },
    /// The remote's branch has commits that the pushed commit does not contain.
    #[error(
        "branch `{branch}` of `{remote}` has commits that {local} does not contain; pull them and start again"
    )]
    NonFastForward {
        /// Name of the remote.
        remote: String,
        /// Name of the branch.
        branch: String,
        /// The commit that was to be pushed.
        local: String,
    },
    /// A tag of this name exists with other content.
    #[error(
        "tag `{tag}` exists {location} and points to {actual}; a released tag is never moved: choose the next version"
    )]
    TagTaken {
        /// Name of the tag.
        tag: String,
        /// `in this repository` or `at REMOTE`.
        location: String,
        /// The commit behind it.
        actual: String,
    },
    /// The remote or a hook refused the push.
    #[error("the push to `{remote}` was refused{}", suffix(.message))]
    PushRefused {
        /// Name of the remote.
        remote: String,
        /// Git's message.
        message: String,
    },
    /// The push failed and the current refs of the remote could not be read.
    #[error("the push to `{remote}` was not confirmed, and the refs of the remote cannot be read; start again when it can be reached{}", suffix(.message))]
    PushUnknown {
        /// Name of the remote.
        remote: String,
        /// Git's message.
        message: String,
    },
    /// No committer is configured.
    #[error("git does not know who commits; set user.name and user.email{}", suffix(.message))]
    NoIdentity {
        /// Git's message.
        message: String,
    },
    /// A commit hook or the signing program refused the commit or tag.
    #[error("git refused to {purpose}; a hook or the signing configuration may be the reason{}", suffix(.message))]
    CommitRefused {
        /// `commit` or `tag …`.
        purpose: String,
        /// Git's message.
        message: String,
    },
    /// Another branch is checked out, or none.
    #[error("branch `{branch}` is not checked out (but {actual} is); check it out and start again")]
    NotOnBranch {
        /// The branch expected.
        branch: String,
        /// What is checked out.
        actual: String,
    },
    /// A branch is not at the expected commit.
    #[error(
        "branch `{branch}` is at {actual} instead of {expected}: it was moved in the meantime; nothing was changed"
    )]
    BranchMoved {
        /// Name of the branch.
        branch: String,
        /// The commit expected.
        expected: CommitId,
        /// The commit that it is at.
        actual: CommitId,
    },
    /// Files under version control have changes that are not committed.
    #[error("the work tree has uncommitted changes ({}); commit or stash them", paths.join(", "))]
    Dirty {
        /// The paths, as git shows them.
        paths: Vec<String>,
    },
    /// A commit has a submodule that the work tree does not have at that commit.
    #[error(
        "the submodule {} is not checked out at the commit that is recorded for it; run `git \
         submodule update --init --recursive`",
        .path.display()
    )]
    SubmoduleMissing {
        /// Where it belongs in the work tree.
        path: PathBuf,
    },
    /// A large file of the work tree (Git LFS) is only a pointer in a checkout.
    #[error(
        "{} is a Git LFS pointer in a new checkout; run `git lfs install` and `git lfs pull`",
        .path.display()
    )]
    LargeFileMissing {
        /// The file in the work tree.
        path: PathBuf,
    },
    /// Files of a work tree could not be removed.
    #[error("cannot {purpose} {}", .path.display())]
    Io {
        /// What was attempted, for instance `remove`.
        purpose: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
}

fn suffix(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl From<ProcessError> for GitError {
    fn from(error: ProcessError) -> Self {
        Self::Program(Box::new(error))
    }
}
