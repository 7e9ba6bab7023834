use std::{fmt, sync::Arc};

use image_ref::{Digest, Platform, Repository};
use transport::HttpClient;

use super::{
    access::RepositoryAccess,
    blobs::Blobs,
    connection::Connection,
    images::PlatformImages,
    limits::Limits,
    manifests::Manifests,
    pull::{ImagePull, PulledImage},
    push::{Push, PushOptions},
    retag::Retag,
    tags::Tags,
    upload::Uploads,
};
use crate::{
    Endpoints, RegistryError,
    auth::Access,
    credentials::{Anonymous, Credential, CredentialQuery, CredentialSource},
};

/// Reads and changes repositories: one resource at a time, or a whole push or
/// move of tags. Cheap to clone; connections, tokens and credentials are shared
/// between clones.
#[derive(Clone)]
pub struct RegistryClient {
    connection: Arc<Connection>,
}

impl RegistryClient {
    /// A client for the registries at `endpoints`, with the credentials of `source`.
    #[must_use]
    pub fn new(
        http: HttpClient,
        endpoints: Endpoints,
        source: impl CredentialSource + 'static,
    ) -> Self {
        let (source, limits) = (Arc::new(source), Limits::default());
        Self { connection: Arc::new(Connection::new(http, endpoints, source, limits)) }
    }

    /// The same client with other bounds; tokens are requested anew.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let source = Arc::clone(self.connection.source());
        Self { connection: Arc::new(self.connection.with(source, limits)) }
    }

    /// A client without credentials, to see what users see. Connections are shared.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        let limits = *self.connection.limits();
        Self { connection: Arc::new(self.connection.with(Arc::new(Anonymous), limits)) }
    }

    /// The credential that is used for a repository, if there is one: for other
    /// programs that pull from it, such as an engine.
    ///
    /// # Errors
    /// When a place where credentials are kept cannot be read.
    pub async fn credential(
        &self,
        repository: &Repository,
    ) -> Result<Option<Credential>, RegistryError> {
        let endpoint = self.connection.endpoint(repository.registry())?;
        self.connection.source().credential(&CredentialQuery::of(&endpoint, repository)).await
    }

    /// The manifests and indexes of a repository.
    #[must_use]
    pub fn manifests(&self, repository: &Repository) -> Manifests<'_> {
        Manifests::new(&self.connection, Access::pull(repository))
    }

    /// The tags of a repository.
    #[must_use]
    pub fn tags(&self, repository: &Repository) -> Tags<'_> {
        Tags::new(&self.connection, Access::pull(repository))
    }

    /// The blobs of a repository: configs and layers.
    #[must_use]
    pub fn blobs(&self, repository: &Repository) -> Blobs<'_> {
        Blobs::new(&self.connection, Access::pull(repository))
    }

    /// Sends blobs to a repository.
    #[must_use]
    pub fn uploads(&self, repository: &Repository) -> Uploads<'_> {
        Uploads::new(&self.connection, Access::push(repository))
    }

    /// The images of a repository, each for its platform.
    #[must_use]
    pub fn images(&self, repository: &Repository) -> PlatformImages<'_> {
        PlatformImages::new(&self.connection, Access::pull(repository))
    }

    /// What we may do in a repository.
    #[must_use]
    pub fn access(&self, repository: &Repository) -> RepositoryAccess<'_> {
        RepositoryAccess::new(&self.connection, repository.clone())
    }

    /// Pushes to a repository.
    #[must_use]
    pub fn push(&self, repository: &Repository, options: PushOptions) -> Push<'_> {
        Push::new(&self.connection, Access::push(repository), options)
    }

    /// Moves tags of a repository, byte for byte.
    #[must_use]
    pub fn retag(&self, repository: &Repository) -> Retag<'_> {
        Retag::new(&self.connection, Access::push(repository))
    }

    /// Downloads everything that a user's pull of this digest for this platform
    /// downloads, verifies each digest, and stores nothing. With
    /// [`RegistryClient::anonymous`] this is what anybody gets. Manifests and
    /// blobs are read by another client than the one that pushes, that of the
    /// crate `oci-client`: a fault of our own cannot hide from itself.
    ///
    /// # Errors
    /// [`RegistryError`]; `PlatformMissing`, `NotFound` for a missing part,
    /// `DigestMismatch` for a wrong one.
    pub async fn verify_pull(
        &self,
        repository: &Repository,
        digest: &Digest,
        platform: &Platform,
    ) -> Result<PulledImage, RegistryError> {
        ImagePull::new(&self.connection, Access::pull(repository)).verify(digest, platform).await
    }
}

impl fmt::Debug for RegistryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.connection.limits();
        f.debug_struct("RegistryClient").field("limits", limits).finish_non_exhaustive()
    }
}
