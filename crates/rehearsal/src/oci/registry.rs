//! The handle of a running registry.

use std::sync::Arc;

use bytes::Bytes;

use super::backend::Backend;
use super::blob_content::BlobContent;
use super::digest::Digest;
use super::endpoint::{check_manifest, store_manifest};
use super::options::RegistryOptions;
use super::reference::Reference;
use super::service::RegistryService;
use super::state::RegistryState;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server, ServerOptions};

/// A running registry; dropping it stops it.
#[derive(Debug)]
pub struct Registry {
    server: Server,
    backend: Arc<Backend>,
}

impl Registry {
    /// Starts a registry on 127.0.0.1.
    ///
    /// # Errors
    /// The port is in use, the folder cannot be used, or the threads cannot be started.
    pub fn start(options: RegistryOptions) -> Result<Self, RehearsalError> {
        let path = options.folder.clone().unwrap_or_default();
        let listen = ServerOptions::on_port(options.port);
        let backend =
            Backend::new(options).map_err(|source| RehearsalError::Storage { path, source })?;
        let backend = Arc::new(backend);
        let server = Server::start(listen, Arc::new(RegistryService(backend.clone())))?;
        Ok(Self { server, backend })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// `127.0.0.1:PORT`, as used in image references.
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// The underlying server, with its address and request log.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The faults of this registry, to inject some.
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// Clears the request log.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// The content of the registry, as plain values.
    pub fn state(&self) -> RegistryState {
        RegistryState::from(&*self.backend.store())
    }

    /// The number of open uploads: neither completed nor cancelled.
    pub fn open_uploads(&self) -> usize {
        self.backend.uploads.open_count()
    }

    /// Expires all tokens at once.
    pub fn expire_tokens(&self) {
        if let Some(gate) = &self.backend.gate {
            gate.expire_tokens();
        }
    }

    /// Content type and bytes of a manifest, by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<(String, Bytes)> {
        let store = self.backend.store();
        let repository = store.repositories.get(repository)?;
        let manifest = repository.find_manifest(&Reference::classify(reference))?;
        Some((manifest.content_type.clone(), manifest.bytes.clone()))
    }

    /// Adds a blob without a request, to prepare a test; always in memory.
    pub fn add_blob(&self, repository: &str, content: impl Into<Bytes>) -> Digest {
        let content = content.into();
        let digest = Digest::sha256(&content);
        let mut store = self.backend.store();
        store.repository_mut(repository).blobs.insert(digest.clone());
        let length = content.len() as u64;
        let pieces = Arc::new([content]);
        store.blobs.insert(digest.clone(), BlobContent::Memory { pieces, length });
        digest
    }

    /// Adds a manifest without a request, under a tag or only by its digest.
    ///
    /// # Errors
    /// The registry would refuse it, for instance because a blob is missing; the text is the
    /// body of its error response.
    pub fn add_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        content_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<Digest, String> {
        let content = content.into();
        let reference = Reference::Digest(Digest::sha256(&content));
        let profile = self.backend.profile();
        let manifest = check_manifest(profile, Some(content_type), &reference, content)
            .map_err(|error| error.to_string())?;
        let digest = manifest.digest.clone();
        store_manifest(&self.backend, repository, tag, manifest)
            .map_err(|error| error.to_string())?;
        Ok(digest)
    }

    /// Stops, and returns once the port is free.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
