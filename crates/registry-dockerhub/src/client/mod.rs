//! The client: one for all registries that a program talks to.

mod access;
mod assemble;
mod blobs;
mod download;
mod exchange;
mod link;
mod manifests;
mod name;
mod probe;
mod pull;
mod pull_limit;
mod push;
pub(crate) mod refusal;
mod retag;
mod tags;
mod upload;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use image_ref::{Registry, Repository};
use transport::{Backoff, HttpClient, HttpError};

use crate::{
    Endpoints, RegistryError,
    auth::Authorizer,
    credentials::{Anonymous, CredentialSource},
    endpoint::RegistryEndpoint,
};

pub use self::probe::{ContentProbe, TagProbe};
pub use access::AccessCheck;
pub use manifests::Deletion;
pub use name::ManifestName;
pub use pull::PulledImage;
pub use push::{PushEvent, PushObserver, PushOptions, PushOutcome};
pub use retag::{RetagOutcome, RetagPlan, TagMove};
pub use upload::BlobOutcome;

/// Bounds of what the client does at once and how long it tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Small requests under way at once (default 64).
    pub requests: usize,
    /// Blobs transferred at once (default 4).
    pub transfers: usize,
    /// Blobs longer than this are sent in chunks of this many bytes (default 32 MiB).
    pub chunk: u64,
    /// How long the head of an answer may take (default 60 s), and more for
    /// requests with a long body (100 KiB/s).
    pub patience: Duration,
    /// Attempts for what broke half-way, the first included (default 4).
    pub attempts: u32,
    /// Wait before the second attempt (default 300 ms); doubled for each further one.
    pub first_wait: Duration,
}

impl Limits {
    /// How long a request that moves so many bytes may take.
    fn patience(&self, bytes: u64) -> Duration {
        self.patience + Duration::from_secs(bytes / (100 << 10))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 64,
            transfers: 4,
            chunk: 32 << 20,
            patience: Duration::from_secs(60),
            attempts: 4,
            first_wait: Duration::from_millis(300),
        }
    }
}

/// Reads and changes repositories. Cheap to clone; connections, tokens and
/// credentials are shared between clones.
#[derive(Clone)]
pub struct RegistryClient {
    shared: Arc<Shared>,
}

struct Shared {
    http: HttpClient,
    endpoints: Endpoints,
    source: Arc<dyn CredentialSource>,
    limits: Limits,
    authorizers: Mutex<HashMap<Registry, Arc<Authorizer>>>,
}

impl RegistryClient {
    /// A client for the registries at `endpoints`, with the credentials of `source`.
    #[must_use]
    pub fn new(
        http: HttpClient,
        endpoints: Endpoints,
        source: impl CredentialSource + 'static,
    ) -> Self {
        Self::of_parts(http, endpoints, Arc::new(source), Limits::default())
    }

    /// The same client with other bounds; tokens are asked for anew.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let shared = &self.shared;
        let (http, endpoints) = (shared.http.clone(), shared.endpoints.clone());
        Self::of_parts(http, endpoints, Arc::clone(&shared.source), limits)
    }

    /// A client that asks as a stranger, to see what users see. Connections are shared.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        let shared = &self.shared;
        let (http, endpoints) = (shared.http.clone(), shared.endpoints.clone());
        Self::of_parts(http, endpoints, Arc::new(Anonymous), shared.limits)
    }

    fn of_parts(
        http: HttpClient,
        endpoints: Endpoints,
        source: Arc<dyn CredentialSource>,
        limits: Limits,
    ) -> Self {
        let authorizers = Mutex::default();
        Self { shared: Arc::new(Shared { http, endpoints, source, limits, authorizers }) }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.limits().first_wait).jitter(0.25).attempts(self.limits().attempts)
    }

    /// The authorizer of a registry; the same one each time, for its tokens.
    fn authorizer(&self, registry: &Registry) -> Result<Arc<Authorizer>, RegistryError> {
        let shared = &self.shared;
        let mut known = shared.authorizers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(authorizer) = known.get(registry) {
            return Ok(Arc::clone(authorizer));
        }
        let endpoint = self.endpoint(registry)?;
        let authorizer =
            Arc::new(Authorizer::new(endpoint, shared.http.clone(), Arc::clone(&shared.source)));
        known.insert(registry.clone(), Arc::clone(&authorizer));
        Ok(authorizer)
    }

    fn endpoint(&self, registry: &Registry) -> Result<RegistryEndpoint, RegistryError> {
        self.shared.endpoints.endpoint(registry).ok_or_else(|| RegistryError::Malformed {
            what: format!("registry `{registry}`"),
            reason: "it makes no web address".to_owned(),
        })
    }

    fn failed(&self, repository: &Repository, error: HttpError) -> RegistryError {
        RegistryError::from_http(repository.registry(), error)
    }
}

impl std::fmt::Debug for RegistryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryClient").field("limits", self.limits()).finish_non_exhaustive()
    }
}
