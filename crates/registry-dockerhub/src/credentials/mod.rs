//! Who asks: user and password, identity token or registry token, from the
//! places where Docker and podman keep them.

mod config_file;
mod docker;
mod helper;
mod locations;
mod search;

use std::collections::HashMap;

use image_ref::{Registry, Repository};
use secrecy::SecretString;

use crate::{RegistryEndpoint, RegistryError};

pub use docker::DockerCredentials;
pub use locations::CredentialLocations;

/// What proves who asks. Debug shows no secret.
#[derive(Debug, Clone)]
pub enum Credential {
    /// User name with password or access token.
    Password {
        /// User name.
        user: String,
        /// Password or access token.
        password: SecretString,
    },
    /// A refresh token, which a token server turns into access tokens.
    IdentityToken(SecretString),
    /// A token that goes to the registry as it is.
    RegistryToken(SecretString),
}

/// For which server and repository a credential is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialQuery {
    /// Registry as references name it.
    pub registry: Registry,
    /// Its key in Docker's files and helpers.
    pub server: String,
    /// Repository path: podman keeps credentials for parts of a registry.
    pub path: String,
}

impl CredentialQuery {
    /// The question for a repository at a place.
    #[must_use]
    pub fn of(endpoint: &RegistryEndpoint, repository: &Repository) -> Self {
        Self {
            registry: endpoint.registry().clone(),
            server: endpoint.credential_key().to_owned(),
            path: repository.path().to_owned(),
        }
    }
}

/// Where credentials come from. Each question is asked once for each repository.
#[async_trait::async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credential, or `None` to ask anonymously.
    ///
    /// # Errors
    /// [`RegistryError`] when a place where credentials are kept cannot be read.
    async fn credential(
        &self,
        query: &CredentialQuery,
    ) -> Result<Option<Credential>, RegistryError>;
}

/// Asks as a stranger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

#[async_trait::async_trait]
impl CredentialSource for Anonymous {
    async fn credential(&self, _: &CredentialQuery) -> Result<Option<Credential>, RegistryError> {
        Ok(None)
    }
}

/// Credentials that the caller holds, by registry.
#[derive(Debug, Clone, Default)]
pub struct FixedCredentials(HashMap<Registry, Credential>);

impl FixedCredentials {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the credential of one registry.
    #[must_use]
    pub fn with(mut self, registry: Registry, credential: Credential) -> Self {
        self.0.insert(registry, credential);
        self
    }
}

#[async_trait::async_trait]
impl CredentialSource for FixedCredentials {
    async fn credential(
        &self,
        query: &CredentialQuery,
    ) -> Result<Option<Credential>, RegistryError> {
        Ok(self.0.get(&query.registry).cloned())
    }
}
