use crate::{
    CommitId, GitError, Head, Status, history::is_ancestor, runner::Runner, status::read_status,
};

pub(crate) async fn fast_forward(
    runner: &Runner,
    branch: &str,
    from: &CommitId,
    to: &CommitId,
) -> Result<(), GitError> {
    if is_at_target(&read_status(runner).await?, branch, from, to)? {
        return Ok(());
    }
    let merge = runner.command(&format!("move branch `{branch}` forward"));
    let merge = merge.args(["merge", "--quiet", "--ff-only", "--no-overwrite-ignore"]);
    merge.arg(to).output().await.map(drop)
}

pub(crate) async fn reset_branch(
    runner: &Runner,
    branch: &str,
    expected: &CommitId,
    to: &CommitId,
) -> Result<(), GitError> {
    if is_at_target(&read_status(runner).await?, branch, expected, to)? {
        return Ok(());
    }
    if !is_ancestor(runner, to, expected).await? {
        return Err(branch_moved(branch, to, expected));
    }
    let reset = runner.command(&format!("reset branch `{branch}`"));
    reset.args(["reset", "--quiet", "--keep"]).arg(to).output().await.map(drop)
}

/// True when the branch is at `to`, false when it is at `from` and can be
/// moved; an error for anything else.
fn is_at_target(
    status: &Status,
    branch: &str,
    from: &CommitId,
    to: &CommitId,
) -> Result<bool, GitError> {
    if status.branch() != Some(branch) {
        return Err(not_on_branch(branch, &status.head));
    }
    match &status.commit {
        Some(commit) if commit == to => Ok(true),
        Some(commit) if commit != from => Err(branch_moved(branch, from, commit)),
        None => Err(GitError::UnknownRevision { revision: "HEAD".to_owned() }),
        Some(_) if status.is_clean() => Ok(false),
        Some(_) => {
            let paths = status.changes.iter().map(|change| change.path.clone()).collect();
            Err(GitError::Dirty { paths })
        }
    }
}

fn branch_moved(branch: &str, expected: &CommitId, actual: &CommitId) -> GitError {
    let (expected, actual) = (expected.clone(), actual.clone());
    GitError::BranchMoved { branch: branch.to_owned(), expected, actual }
}

fn not_on_branch(branch: &str, head: &Head) -> GitError {
    let actual = match head {
        Head::Branch(name) => format!("branch `{name}`"),
        Head::Detached => "a detached head".to_owned(),
    };
    GitError::NotOnBranch { branch: branch.to_owned(), actual }
}
