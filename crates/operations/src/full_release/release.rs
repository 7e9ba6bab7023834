use std::{collections::BTreeSet, path::PathBuf, sync::Mutex};

use git::{CommitId, Git};
use jiff::Timestamp;
use journal::{Entry, Journal};
use release_plan::ReleasePlan;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::step::StepFailure;
use crate::{Environment, Project, services::Services};

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

    /// The clean checkout that checks and builds run in.
    pub(crate) fn tree_path(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// The project's folder inside the release tree.
    pub(crate) fn tree_root(&self) -> PathBuf {
        self.tree_path().join(&self.project.prefix)
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

    /// What a step last intended.
    pub(crate) fn intended<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        let journal = self.journal.lock().ok()?;
        serde_json::from_value(journal.intent(step)?.clone()).ok()
    }

    pub(crate) fn record(&self, step: &str, entry: Entry) -> Result<(), StepFailure> {
        let mut journal =
            self.journal.lock().map_err(|_| StepFailure::new("the journal was left by a crash"))?;
        journal.append(step, entry).map_err(|error| StepFailure::advised(&error, None))
    }

    pub(crate) fn intend(&self, step: &str, detail: Value) -> Result<(), StepFailure> {
        self.record(step, Entry::Intent(detail))
    }

    /// Variables that publish: commands of the project do not get them.
    pub(crate) fn secret_variables(&self) -> impl Iterator<Item = &str> {
        self.environment.variables.keys().map(String::as_str).filter(|name| publishes(name))
    }
}

/// Whether a variable holds what publishing takes.
pub(crate) fn publishes(variable: &str) -> bool {
    const NAMES: [&str; 4] =
        ["GITHUB_TOKEN", "GH_TOKEN", "DOCKER_AUTH_CONFIG", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    const BEGINNINGS: [&str; 3] = ["SLIPWAY_INDEX_", "TWINE_", "UV_PUBLISH_"];
    NAMES.contains(&variable) || BEGINNINGS.iter().any(|begin| variable.starts_with(begin))
}
