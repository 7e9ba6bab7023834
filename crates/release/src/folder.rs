use std::path::{Path, PathBuf};

use git::{Repository, remove_private_checkout};
use journal::OperationFolder;
use operation::OperationError;

use crate::ReleaseError;

/// A clean checkout for each purpose: what a check or a hook leaves behind must not
/// get into what is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checkout {
    /// The release commit is made in it: a linked work tree.
    Commit,
    /// The package is built from it.
    Package,
    /// The project's checks run in it.
    Checks,
    /// Hooks of images run in it, and images are built from it.
    Images,
}

impl Checkout {
    const ALL: [Self; 4] = [Self::Commit, Self::Package, Self::Checks, Self::Images];

    fn folder_name(self) -> &'static str {
        match self {
            Self::Commit => "tree",
            Self::Package => "package",
            Self::Checks => "checks",
            Self::Images => "images-tree",
        }
    }
}

/// The folder of one release: its journal, checkouts and built files.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseFolder(OperationFolder);

impl ReleaseFolder {
    pub(crate) fn new(folder: OperationFolder) -> Self {
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.0.journal()
    }

    pub(crate) fn has_journal(&self) -> bool {
        self.0.has_journal()
    }

    pub(crate) fn checkout(&self, checkout: Checkout) -> PathBuf {
        self.path().join(checkout.folder_name())
    }

    /// Built sdist and wheel.
    pub(crate) fn distributions(&self) -> PathBuf {
        self.path().join("dist")
    }

    /// Wheels that the forge's workflows built. Not beside those that were built on this
    /// machine, which are compared with their own record.
    pub(crate) fn collected(&self) -> PathBuf {
        self.path().join("collected")
    }

    /// OCI layout of an image.
    pub(crate) fn image(&self, image: &str) -> PathBuf {
        self.path().join("images").join(image)
    }

    /// What commands of the project print.
    pub(crate) fn logs(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// What scanners and other checks report.
    pub(crate) fn reports(&self) -> PathBuf {
        self.path().join("reports")
    }

    /// Further files of the forge release.
    pub(crate) fn assets(&self) -> PathBuf {
        self.path().join("assets")
    }

    /// Checksums of the files of the forge release.
    pub(crate) fn checksums(&self) -> PathBuf {
        self.path().join("SHA256SUMS")
    }

    /// Removes the checkouts. The one of the commit is a linked work tree of
    /// `repository`.
    pub(crate) async fn remove_checkouts(
        &self,
        repository: &Repository,
    ) -> Result<(), ReleaseError> {
        for path in Checkout::ALL.map(|checkout| self.checkout(checkout)) {
            repository.remove_worktree(&path).await?;
            remove_private_checkout(&path)?;
        }
        Ok(())
    }

    /// Removes everything, or everything but journal, distributions and reports: the
    /// record of what is public.
    pub(crate) async fn clear(
        &self,
        repository: &Repository,
        keep_record: bool,
    ) -> Result<(), ReleaseError> {
        self.remove_checkouts(repository).await?;
        let record = [self.journal(), self.distributions(), self.collected(), self.reports()];
        for entry in std::fs::read_dir(self.path()).into_iter().flatten().flatten() {
            let path = entry.path();
            if !(keep_record && record.contains(&path)) {
                remove(&path).map_err(|source| cannot_remove(&path, source))?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

fn cannot_remove(path: &Path, source: std::io::Error) -> OperationError {
    OperationError::Precondition {
        problem: format!("cannot remove {} of an earlier attempt", path.display()),
        advice: Some("check permissions".to_owned()),
        source: Some(Box::new(source)),
    }
}
