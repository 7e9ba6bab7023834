use crate::{
    CommitId, GitError,
    history::resolve,
    message_file::{file_option, message_file},
    program::literal_pathspec,
    runner::Runner,
};

pub(crate) async fn identity(runner: &Runner) -> Result<String, GitError> {
    let query = runner.command("read the committer").args(["var", "GIT_COMMITTER_IDENT"]);
    let output = query.outcome().await?;
    if output.success() {
        return Ok(output.line());
    }
    Err(GitError::NoIdentity { message: output.message() })
}

pub(crate) async fn commit_paths(
    runner: &Runner,
    paths: &[&str],
    message: &str,
) -> Result<CommitId, GitError> {
    let paths: Vec<String> = paths.iter().map(|path| literal_pathspec(path)).collect();
    if paths.is_empty() || !stage(runner, &paths).await? {
        return resolve(runner, "HEAD").await;
    }
    identity(runner).await?;
    let commit = runner.command("commit").args(["commit", "--quiet", "--cleanup=whitespace"]);
    let file = message_file(message)?;
    let commit = commit.arg(file_option(file.path())).args(["--only", "--"]).args(&paths);
    let output = commit.outcome().await?;
    if output.success() {
        return resolve(runner, "HEAD").await;
    }
    Err(GitError::CommitRefused { purpose: "commit".to_owned(), message: output.message() })
}

pub(crate) async fn unstage(runner: &Runner) -> Result<(), GitError> {
    runner.command("unstage the changes").args(["reset", "--quiet"]).output().await.map(drop)
}

/// Stages the paths; returns whether they differ from the commit.
async fn stage(runner: &Runner, paths: &[String]) -> Result<bool, GitError> {
    let add = runner.command("stage the changes").args(["add", "--all", "--"]);
    add.args(paths).output().await?;
    let diff = runner.command("compare with the commit").args(["diff", "--cached", "--quiet"]);
    let output = diff.arg("--").args(paths).outcome().await?;
    match output.code() {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(output.to_error()),
    }
}
