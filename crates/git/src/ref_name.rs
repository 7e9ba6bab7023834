use crate::{GitError, runner::Runner};

pub(crate) fn branch_ref(name: &str) -> String {
    format!("refs/heads/{name}")
}

pub(crate) fn tag_ref(name: &str) -> String {
    format!("refs/tags/{name}")
}

/// The full ref of a branch, if git allows the name.
pub(crate) async fn checked_branch_ref(runner: &Runner, name: &str) -> Result<String, GitError> {
    checked_ref(runner, "branch", name, branch_ref(name)).await
}

/// The full ref of a tag, if git allows the name.
pub(crate) async fn checked_tag_ref(runner: &Runner, name: &str) -> Result<String, GitError> {
    checked_ref(runner, "tag", name, tag_ref(name)).await
}

async fn checked_ref(
    runner: &Runner,
    kind: &'static str,
    name: &str,
    full: String,
) -> Result<String, GitError> {
    let check = runner.command("check a name").args(["check-ref-format", &full]);
    if name.starts_with('-') || name.contains('\0') || !check.outcome().await?.success() {
        return Err(GitError::InvalidName { kind, name: name.to_owned() });
    }
    Ok(full)
}
