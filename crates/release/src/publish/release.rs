use std::{collections::BTreeSet, path::PathBuf, sync::Mutex};

use git::{CommitId, Git, Repository};
use jiff::Timestamp;
use journal::{Entry, Journal};
use release_plan::{Publishing, ReleasePlan};
use serde::de::DeserializeOwned;

use super::{resume::publishing, step::StepFailure};
use operation::Environment;

use crate::{Project, clients::Services};

/// A release that is being carried out: what its steps share.
pub(crate) struct Release<'a> {
    pub(crate) project: &'a Project,
    pub(crate) environment: &'a Environment,
    pub(crate) services: &'a Services,
    pub(crate) plan: &'a ReleasePlan,
    /// Folder of this release: journal, tree, built files.
    pub(crate) folder: PathBuf,
    pub(crate) journal: Mutex<Journal>,
    /// When the release began; the time of its commit, tag and files, so that
    /// a step done again after a crash gives the same bytes.
    pub(crate) begun: Timestamp,
    /// The commit that the release is made from.
    pub(crate) base: CommitId,
    /// Hooks that ran: images may share one, which then runs once.
    pub(crate) hooks: tokio::sync::Mutex<BTreeSet<Vec<String>>>,
    /// The checkout that images are built from.
    pub(crate) images_tree: tokio::sync::OnceCell<Repository>,
}

impl Release<'_> {
    /// The version as Python's indexes spell it.
    pub(crate) fn pep440(&self) -> String {
        self.plan.version.pep440()
    }

    pub(crate) fn begun_seconds(&self) -> u64 {
        self.begun.as_second().try_into().unwrap_or(0)
    }

    /// Git with the time of the release: making the same commit or tag again
    /// after a crash gives the same object.
    pub(crate) fn git(&self) -> Git {
        let time = format!("@{} +0000", self.begun_seconds());
        Git::new().env("GIT_AUTHOR_DATE", &time).env("GIT_COMMITTER_DATE", &time)
    }

    /// A clean checkout of its own for each purpose: what a check or a hook
    /// leaves behind must not get into what is published.
    pub(crate) fn tree(&self, tree: Tree) -> PathBuf {
        self.folder.join(tree.name())
    }

    /// The project's folder inside a release tree.
    pub(crate) fn tree_root(&self, tree: Tree) -> PathBuf {
        self.tree(tree).join(&self.project.prefix)
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.folder.join("dist")
    }

    pub(crate) fn image_folder(&self, image: &str) -> PathBuf {
        self.folder.join("images").join(image)
    }

    /// What a step that was done has left as evidence.
    pub(crate) fn recorded<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        let journal = self.journal.lock().ok()?;
        serde_json::from_value(journal.evidence(step)?.clone()).ok()
    }

    /// Whether anything left this machine, in this run or an earlier one.
    pub(crate) fn has_published(&self) -> bool {
        let journal = self.journal.lock();
        journal.is_ok_and(|journal| publishing(journal.records()) > Publishing::Nothing)
    }

    pub(crate) fn record(&self, step: &str, entry: Entry) -> Result<(), StepFailure> {
        let mut journal =
            self.journal.lock().map_err(|_| StepFailure::new("the journal was left by a crash"))?;
        journal.append(step, entry).map_err(|error| StepFailure::advised(&error, None))
    }
}

/// What a checkout of the release commit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// The release commit is made here, and the package is built from it.
    Package,
    /// The project's checks run here.
    Checks,
    /// Hooks of images run here, and images are built from it.
    Images,
}

/// Folders of all release trees.
pub(crate) const TREES: [&str; 3] = ["tree", "checks", "images-tree"];

impl Tree {
    fn name(self) -> &'static str {
        match self {
            Self::Package => TREES[0],
            Self::Checks => TREES[1],
            Self::Images => TREES[2],
        }
    }
}
