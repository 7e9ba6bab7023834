//! The state that the services and the handle of a forge share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use tempfile::TempDir;

use super::access::RateLimit;
use super::git::GitStore;
use super::options::{ForgeOptions, ForgeToken};
use super::protection::BranchProtection;
use super::releases::Releases;
use super::workflow::WorkflowRuns;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::sync::lock;

/// One repository with its releases, and the accounts of the forge.
#[derive(Debug)]
pub(super) struct ForgeBackend {
    pub(super) owner: String,
    pub(super) repository: String,
    pub(super) private: bool,
    pub(super) default_branch: String,
    pub(super) tokens: Vec<ForgeToken>,
    pub(super) protections: Vec<BranchProtection>,
    pub(super) clock: Clock,
    pub(super) git: GitStore,
    /// Held while a release is planned, tagged and stored.
    pub(super) release_write: tokio::sync::Mutex<()>,
    asset_folder: TempDir,
    content: Mutex<ForgeContent>,
}

/// What changes while the forge runs.
#[derive(Debug)]
pub(super) struct ForgeContent {
    pub(super) releases: Releases,
    pub(super) runs: WorkflowRuns,
    /// States by commit and context.
    pub(super) statuses: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) rate_limit: RateLimit,
}

impl ForgeBackend {
    pub(super) fn new(options: ForgeOptions) -> Result<Self, RehearsalError> {
        let asset_folder = tempfile::tempdir()
            .map_err(|source| RehearsalError::Storage { path: std::env::temp_dir(), source })?;
        let content = ForgeContent {
            releases: Releases::new(options.immutable_releases),
            runs: WorkflowRuns::new(options.workflows),
            statuses: BTreeMap::new(),
            rate_limit: RateLimit::new(options.clock.now()),
        };
        Ok(Self {
            owner: options.owner,
            repository: options.repository,
            private: options.private,
            default_branch: options.default_branch,
            tokens: options.tokens,
            protections: options.protections,
            clock: options.clock,
            git: GitStore::new(options.git_folder, options.tags),
            release_write: tokio::sync::Mutex::new(()),
            asset_folder,
            content: Mutex::new(content),
        })
    }

    pub(super) fn content(&self) -> MutexGuard<'_, ForgeContent> {
        lock(&self.content)
    }

    /// The file with the bytes of an asset.
    pub(super) fn asset_path(&self, asset: u64) -> PathBuf {
        self.asset_folder.path().join(asset.to_string())
    }
}
