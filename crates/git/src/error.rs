use std::path::PathBuf;

use process::ProcessError;

use crate::CommitId;

/// Why git could not do what was asked. What git itself said is added without
/// credentials, for people to read; nothing is decided by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The git program could not be run.
    #[error("cannot run git")]
    Program(#[source] Box<ProcessError>),
    /// The folder is not inside a work tree that git accepts.
    #[error("{} is not inside a git work tree{}", .folder.display(), words(.said))]
    NotAWorkTree {
        /// Where the search began.
        folder: PathBuf,
        /// Git's own words.
        said: String,
    },
    /// A git command failed for a reason that has no variant of its own.
    #[error("cannot {purpose}{}", words(.said))]
    Failed {
        /// What was to be done.
        purpose: String,
        /// Exit code; `None` when a signal ended git.
        code: Option<i32>,
        /// Git's own words.
        said: String,
    },
    /// Git's output is not of the documented format.
    #[error("cannot {purpose}: git's answer has an unexpected format ({found})")]
    Garbage {
        /// What was to be done.
        purpose: String,
        /// The part that was not understood.
        found: String,
    },
    /// No commit has this name.
    #[error("`{revision}` names no commit in this repository; fetch it or check the spelling")]
    UnknownRevision {
        /// The name asked for.
        revision: String,
    },
    /// Not a name that git allows for a branch, tag or remote.
    #[error("`{name}` is not a name that git allows for a {kind}")]
    InvalidName {
        /// `branch`, `tag` or `remote`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// No remote of this name is configured.
    #[error("no remote is called `{remote}`; `git remote -v` lists them")]
    NoRemote {
        /// The name asked for.
        remote: String,
    },
    /// The remote did not answer, or did not let us in. Git ends with the same
    /// exit code for both.
    #[error("the remote `{remote}` ({url}) cannot be reached or does not accept these credentials{}", words(.said))]
    RemoteUnavailable {
        /// Name of the remote.
        remote: String,
        /// Its address, without credentials.
        url: String,
        /// Git's own words.
        said: String,
    },
    /// The remote's branch has commits that ours lacks.
    #[error(
        "branch `{branch}` of `{remote}` has commits that {ours} does not contain; pull them in and start again"
    )]
    NonFastForward {
        /// Name of the remote.
        remote: String,
        /// Name of the branch.
        branch: String,
        /// The commit that was to be pushed.
        ours: String,
    },
    /// A tag of this name exists with other content.
    #[error(
        "tag `{tag}` exists {place} and points elsewhere ({found}); a released tag is never moved, choose the next version"
    )]
    TagTaken {
        /// Name of the tag.
        tag: String,
        /// `here` or `at REMOTE`.
        place: String,
        /// The object it points to.
        found: String,
    },
    /// The remote or a hook refused the push.
    #[error("the push to `{remote}` was refused{}", words(.said))]
    PushRefused {
        /// Name of the remote.
        remote: String,
        /// Git's own words.
        said: String,
    },
    /// The push failed and the remote could not be asked what it has now.
    #[error("the push to `{remote}` ended without an answer, and its state cannot be read; run again when it can be reached{}", words(.said))]
    PushUnknown {
        /// Name of the remote.
        remote: String,
        /// Git's own words.
        said: String,
    },
    /// Git does not know who commits.
    #[error("git does not know who commits; set user.name and user.email{}", words(.said))]
    NoIdentity {
        /// Git's own words.
        said: String,
    },
    /// A commit hook or the signing program refused the commit or tag.
    #[error("git refused to {purpose}; a hook or the signing set-up may have objected{}", words(.said))]
    CommitRefused {
        /// `commit` or `tag …`.
        purpose: String,
        /// Git's own words.
        said: String,
    },
    /// Another branch is checked out, or none.
    #[error(
        "branch `{branch}` is not checked out here (found: {found}); check it out and start again"
    )]
    NotOnBranch {
        /// The branch expected.
        branch: String,
        /// What HEAD is.
        found: String,
    },
    /// A branch is not where it was.
    #[error(
        "branch `{branch}` is at {found}, not at {expected}: somebody moved it meanwhile; nothing was changed"
    )]
    BranchMoved {
        /// Name of the branch.
        branch: String,
        /// Where it should have been.
        expected: CommitId,
        /// Where it is.
        found: CommitId,
    },
    /// Files under version control have changes that are not committed.
    #[error("the work tree has uncommitted changes ({}); commit or stash them", paths.join(", "))]
    Dirty {
        /// The paths, as git shows them.
        paths: Vec<String>,
    },
    /// Files of the release tree could not be read or removed.
    #[error("cannot {purpose} {}", .path.display())]
    Io {
        /// What was to be done, for instance `remove`.
        purpose: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
}

fn words(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl From<ProcessError> for GitError {
    fn from(error: ProcessError) -> Self {
        Self::Program(Box::new(error))
    }
}
