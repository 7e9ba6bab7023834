use std::path::{Path, PathBuf};

use crate::{
    GitError, Repository, local_settings::copy_local_settings,
    private_checkout::check_out_submodules,
};

/// Names of the settings of the committer.
const IDENTITY: &str = r"^user\.(name|email)$";

/// Copies are removed soon, and maintenance in the background would still write into them
/// (git documentation, "maintenance.auto" and, before git 2.29, "gc.auto").
const WITHOUT_MAINTENANCE: [&str; 4] = ["-c", "maintenance.auto=false", "-c", "gc.auto=0"];

/// A copy of a repository in which a release can be rehearsed.
#[derive(Debug, Clone)]
pub struct LocalClone {
    /// A work tree on the same branch, with [`LocalClone::origin`] as remote
    /// `origin`.
    pub repository: Repository,
    /// The bare repository that stands in for the remote.
    pub origin: PathBuf,
}

impl LocalClone {
    /// Copies all branches and tags into `folder`: a bare `origin.git`, and
    /// next to it a full clone with the committed state of the current branch.
    /// Uncommitted changes and hooks are not copied; the committer is.
    ///
    /// # Errors
    /// [`GitError::Failed`] when `folder` already contains such clones.
    pub async fn create(source: &Repository, folder: &Path) -> Result<Self, GitError> {
        let name = source.root().file_name().unwrap_or_else(|| "project".as_ref());
        let (origin, work) = (folder.join("origin.git"), folder.join(name));
        let copy = source.runner().command("copy the repository");
        let copy = copy.args(["clone", "--quiet", "--bare"]).args(WITHOUT_MAINTENANCE).arg("--");
        copy.arg(source.common_dir()).arg(&origin).output().await?;
        let clone = source.runner().command("clone the copy");
        let clone = clone.args(["clone", "--quiet", "--no-checkout"]);
        let clone = clone.args(WITHOUT_MAINTENANCE).arg("--");
        clone.arg(&origin).arg(&work).output().await?;
        check_out(source, &work).await?;
        let head = source.head().await?;
        check_out_submodules(source, &work, &folder.join("submodules.git"), &head).await?;
        let repository = source.runner().git().discover(&work).await?;
        copy_local_settings(source.runner(), repository.runner(), IDENTITY).await?;
        Ok(Self { repository, origin })
    }
}

/// The same branch with its upstream, or the same commit, detached.
async fn check_out(source: &Repository, work: &Path) -> Result<(), GitError> {
    let (status, head) = (source.status().await?, source.head().await?);
    let checkout = source.runner().git().command_in(work, "check out the copy");
    let checkout = checkout.args(["checkout", "--quiet"]);
    let checkout = match status.branch() {
        Some(branch) => checkout.args(["-B", branch, "--track", &format!("origin/{branch}")]),
        None => checkout.args(["--detach", head.as_str()]),
    };
    checkout.arg("--").output().await.map(drop)
}
