use std::path::{Path, PathBuf};

use process::Command;
use report::Reporter;

use operation::OperationError;
use release::{Project, ReleaseError};

/// Clones the committed state of the project, with a bare remote beside it;
/// gives the project's folder in the clone. A project that is a folder of a
/// larger repository becomes a repository of its own.
pub(super) async fn check_out(
    project: &Project,
    folder: &Path,
    reporter: &Reporter,
) -> Result<PathBuf, ReleaseError> {
    let status = project.repository.status().await?;
    let ours = |change: &git::Change| Path::new(&change.path).starts_with(&project.prefix);
    if status.changes.iter().any(ours) {
        reporter.warn("uncommitted changes are not part of the rehearsal");
    }
    let clone = git::LocalClone::create(&project.repository, folder).await?;
    let root = clone.repository.root().to_owned();
    if project.prefix.as_os_str().is_empty() {
        if clone.repository.identity().await.is_err() {
            name_committer(&root).await?;
        }
        if status.branch().is_none() {
            git(&root, &["checkout", "--quiet", "-B", "main"]).await?;
        }
        return Ok(root);
    }
    let own = folder.join("project");
    std::fs::rename(root.join(&project.prefix), &own)
        .map_err(OperationError::service("copy the project out of its repository", None))?;
    make_repository(&own, &folder.join("project.git")).await?;
    Ok(own)
}

async fn make_repository(root: &Path, bare: &Path) -> Result<(), ReleaseError> {
    let bare = bare.to_string_lossy();
    git(root, &["init", "--quiet", "--initial-branch=main"]).await?;
    name_committer(root).await?;
    git(root, &["add", "--all"]).await?;
    git(root, &["commit", "--quiet", "--message=The project as it is"]).await?;
    git(root, &["clone", "--quiet", "--bare", ".", &bare]).await?;
    git(root, &["remote", "add", "origin", &bare]).await
}

/// Who commits in a rehearsal does not matter, but git insists on a name.
async fn name_committer(root: &Path) -> Result<(), ReleaseError> {
    git(root, &["config", "user.name", "Tidegate"]).await?;
    git(root, &["config", "user.email", "rehearsal@localhost"]).await
}

async fn git(folder: &Path, arguments: &[&str]) -> Result<(), ReleaseError> {
    let command = Command::new("git").args(arguments).folder(folder).env("LC_ALL", "C");
    let doing = "set up the rehearsal's repository";
    command.output().await.map_err(OperationError::service(doing, None))?;
    Ok(())
}
