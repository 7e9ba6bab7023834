//! The handle of a running forge.

use std::sync::Arc;
use std::time::Duration;

use super::backend::ForgeBackend;
use super::options::ForgeOptions;
use super::render::Renderer;
use super::service::{Api, ForgeService, StorageService};
use super::state::ForgeState;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server, ServerOptions};

/// A forge with one repository on loopback; dropping it stops it and removes its assets.
#[derive(Debug)]
pub struct Forge {
    server: Server,
    storage: Server,
    backend: Arc<ForgeBackend>,
}

impl Forge {
    /// Starts a forge.
    ///
    /// # Errors
    /// The port is in use, or a folder for the assets cannot be created.
    pub fn start(options: ForgeOptions) -> Result<Self, RehearsalError> {
        let listen = options.server;
        let backend = Arc::new(ForgeBackend::new(options)?);
        let storage_service = StorageService { backend: backend.clone() };
        let storage = Server::start(ServerOptions::default(), Arc::new(storage_service))?;
        let server = Server::start_with(listen, |address| {
            let renderer = Renderer {
                base_url: format!("http://{address}"),
                storage_url: storage.url(),
                owner: backend.owner.clone(),
                repository: backend.repository.clone(),
            };
            Arc::new(ForgeService(Api { backend: backend.clone(), renderer }))
        })?;
        Ok(Self { server, storage, backend })
    }

    /// The base of the API, `http://127.0.0.1:PORT`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The faults of the API and of uploads, to inject some.
    #[must_use]
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// The faults of downloads, to inject some.
    #[must_use]
    pub fn storage_faults(&self) -> &FaultPlan {
        self.storage.faults()
    }

    /// All requests to the API and uploads so far.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// All downloads so far.
    #[must_use]
    pub fn storage_requests(&self) -> Vec<LoggedRequest> {
        self.storage.requests()
    }

    /// The clock of the forge.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.backend.clock
    }

    /// The content of the forge, as plain values.
    #[must_use]
    pub fn state(&self) -> ForgeState {
        let tags = self.backend.git.tags_blocking();
        ForgeState::capture(&self.backend.content().releases, tags)
    }

    /// Sets the state (`success`, `pending`, `failure`, `error`) of one context of a commit.
    pub fn set_commit_status(&self, sha: &str, context: &str, state: &str) {
        let mut content = self.backend.content();
        let contexts = content.statuses.entry(sha.to_owned()).or_default();
        contexts.insert(context.to_owned(), state.to_owned());
    }

    /// Exhausts the hourly rate limit for `duration`: requests get 403.
    pub fn exhaust_rate_limit(&self, duration: Duration) {
        self.backend.content().rate_limit.exhaust(self.backend.clock.now(), duration);
    }

    /// Applies the secondary rate limit to the next requests: 403 and `Retry-After`, in seconds.
    pub fn limit_secondary(&self, requests: u32, retry_after: Duration) {
        self.backend.content().rate_limit.start_secondary(requests, retry_after);
    }
}
