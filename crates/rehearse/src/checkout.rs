use std::path::{Path, PathBuf};

use process::Command;
use report::Reporter;

use operation::OperationError;
use release::{Project, ReleaseError};

/// The project's folder in a clone, and the bare repository that stands in for its remote.
pub(super) struct Checkout {
    pub(super) root: PathBuf,
    pub(super) remote: PathBuf,
}

/// Clones the committed state of the whole repository that the project is in, with all
/// of its tags, which say what the next version and tag are.
pub(super) async fn check_out(
    project: &Project,
    folder: &Path,
    reporter: &Reporter,
) -> Result<Checkout, ReleaseError> {
    let status = project.repository.status().await?;
    let ours = |change: &git::Change| Path::new(&change.path).starts_with(&project.prefix);
    if status.changes.iter().any(ours) {
        reporter.warn("uncommitted changes are not part of the rehearsal");
    }
    let clone = git::LocalClone::create(&project.repository, folder).await?;
    let top = clone.repository.root();
    let root = top.join(&project.prefix);
    if !root.is_dir() {
        let problem = format!("{} is not committed", project.root.display());
        return Err(OperationError::precondition(problem, "commit it").into());
    }
    if clone.repository.identity().await.is_err() {
        name_committer(top).await?;
    }
    if status.branch().is_none() {
        git(top, &["checkout", "--quiet", "-B", "main"]).await?;
    }
    Ok(Checkout { root, remote: clone.origin })
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
