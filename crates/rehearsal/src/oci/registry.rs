//! The handle of a running registry.

use std::sync::Arc;

use bytes::Bytes;

use super::content::Content;
use super::digest::Digest;
use super::endpoint::resolve;
use super::options::RegistryOptions;
use super::route::Reference;
use super::service::RegistryService;
use super::state::RegistryState;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server, ServerOptions};

/// A running registry; dropping it stops it.
#[derive(Debug)]
pub struct Registry {
    server: Server,
    service: Arc<RegistryService>,
}

impl Registry {
    /// Starts a registry on 127.0.0.1.
    ///
    /// # Errors
    /// The port is taken, the folder cannot be used, or no threads can be started.
    pub fn start(options: RegistryOptions) -> Result<Self, RehearsalError> {
        let folder = options.folder.clone();
        let listen = ServerOptions::on_port(options.port);
        let unusable =
            |source| RehearsalError::Storage { path: folder.unwrap_or_default(), source };
        let service = Arc::new(RegistryService::new(options).map_err(unusable)?);
        let server = Server::start(listen, service.clone())?;
        Ok(Self { server, service })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// `127.0.0.1:PORT`, as it stands in image references.
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// The server below, with its address and request log.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The faults that this registry is told to show.
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// Everything it holds, as plain values.
    pub fn state(&self) -> RegistryState {
        self.service.state().snapshot()
    }

    /// How many uploads are open: neither finished nor given up.
    pub fn open_uploads(&self) -> usize {
        self.service.uploads.count()
    }

    /// Ends every token at once, as if its time had come.
    pub fn expire_tokens(&self) {
        if let Some(gate) = &self.service.gate {
            gate.expire_tokens();
        }
    }

    /// Content type and bytes of a manifest, by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<(String, Bytes)> {
        let state = self.service.state();
        let repository = state.repositories.get(repository)?;
        let manifest = resolve(repository, &Reference::of(reference))?;
        Some((manifest.content_type.clone(), manifest.bytes.clone()))
    }

    /// Adds a blob without a request, to set the scene of a test; always in memory.
    pub fn add_blob(&self, repository: &str, content: impl Into<Bytes>) -> Digest {
        let content = content.into();
        let digest = Digest::of(&content);
        let mut state = self.service.state();
        state.repository(repository).blobs.insert(digest.clone());
        let length = content.len() as u64;
        let pieces = Arc::new([content]);
        let content = Content::Memory { pieces, length };
        state.blobs.insert(digest.clone(), content);
        digest
    }

    /// Adds a manifest without a request, under a tag or only by its digest.
    ///
    /// # Errors
    /// The registry would refuse it, for instance because a blob is missing; the text is the
    /// body of its answer.
    pub fn add_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        content_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<Digest, String> {
        let content = content.into();
        let reference = Reference::Digest(Digest::of(&content));
        let service = &self.service;
        let manifest = service
            .accept_manifest(Some(content_type), &reference, content)
            .map_err(|refusal| refusal.to_string())?;
        let digest = manifest.digest.clone();
        service.store_manifest(repository, tag, manifest).map_err(|refusal| refusal.to_string())?;
        Ok(digest)
    }

    /// Stops, and returns once the port is free.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
