//! The running forge as its owner holds it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::access::Allowance;
use super::git::Git;
use super::options::ForgeOptions;
use super::releases::Releases;
use super::render::Addresses;
use super::service::{Desk, ForgeService, Shared, StorageService};
use super::state::ForgeState;
use super::workflow::Runs;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server, ServerOptions};

/// A forge with one repository on loopback; dropping it stops it and removes its assets.
#[derive(Debug)]
pub struct Forge {
    server: Server,
    storage: Server,
    shared: Arc<Shared>,
}

impl Forge {
    /// Starts a forge.
    ///
    /// # Errors
    /// The port is taken, or there is no folder for the assets.
    pub fn start(options: ForgeOptions) -> Result<Self, RehearsalError> {
        let (owner, repository) = (options.owner.clone(), options.repository.clone());
        let listen = options.server;
        let shared = Arc::new(shared(options)?);
        let stored = StorageService { shared: shared.clone() };
        let storage = Server::start(ServerOptions::default(), Arc::new(stored))?;
        let (storage_url, served) = (storage.url(), shared.clone());
        let server = Server::start_with(listen, |address| {
            let base = format!("http://{address}");
            let addresses = Addresses { base, storage: storage_url, owner, repository };
            Arc::new(ForgeService { shared: served, addresses })
        })?;
        Ok(Self { server, storage, shared })
    }

    /// The base of the API, `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The faults that API and uploads are told to show.
    #[must_use]
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// The faults that downloads are told to show.
    #[must_use]
    pub fn storage_faults(&self) -> &FaultPlan {
        self.storage.faults()
    }

    /// Every request to API and uploads so far.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// Every download so far.
    #[must_use]
    pub fn storage_requests(&self) -> Vec<LoggedRequest> {
        self.storage.requests()
    }

    /// The clock of the forge.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What the forge holds.
    #[must_use]
    pub fn state(&self) -> ForgeState {
        let tags = self.shared.git.tags_now();
        self.shared.desk().releases.state(tags)
    }

    /// Sets the state (`success`, `pending`, `failure`, `error`) of one context of a commit.
    pub fn set_commit_status(&self, sha: &str, context: &str, state: &str) {
        let mut desk = self.shared.desk();
        let contexts = desk.statuses.entry(sha.to_owned()).or_default();
        contexts.insert(context.to_owned(), state.to_owned());
    }

    /// Answers 403 with an exhausted hourly allowance for this time.
    pub fn exhaust_rate_limit(&self, lasts: Duration) {
        self.shared.desk().allowance.exhaust(self.shared.clock.now(), lasts);
    }

    /// Answers the next requests with the secondary limit: 403 and `Retry-After`, in seconds.
    pub fn limit_secondary(&self, requests: u32, retry_after: Duration) {
        self.shared.desk().allowance.limit_secondary(requests, retry_after);
    }
}

fn shared(options: ForgeOptions) -> Result<Shared, RehearsalError> {
    let folder = tempfile::tempdir()
        .map_err(|source| RehearsalError::Storage { path: std::env::temp_dir(), source })?;
    let desk = Desk {
        releases: Releases::new(options.immutable_releases),
        runs: Runs::new(options.workflows),
        statuses: Default::default(),
        allowance: Allowance::new(options.clock.now()),
    };
    Ok(Shared {
        private: options.private,
        default_branch: options.default_branch,
        tokens: options.tokens,
        clock: options.clock,
        git: Git::new(options.git_folder, options.tags),
        folder,
        writing: tokio::sync::Mutex::new(()),
        desk: Mutex::new(desk),
    })
}
