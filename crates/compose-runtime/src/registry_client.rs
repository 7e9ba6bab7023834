//! The client of registries that every operation on Compose projects has.

use configuration::Configuration;
use operation::{Environment, OperationError, USER_AGENT};
use registry_dockerhub::{CredentialLocations, DockerCredentials, Endpoints, RegistryClient};
use transport::HttpClient;

const CORRECT_REGISTRY_TABLE: &str = "correct the name of the `[registry]` table in tidegate.toml";

/// A client of registries with the user's credentials.
///
/// # Errors
/// [`OperationError::Service`] when the credentials cannot be read,
/// [`OperationError::Usage`] for a registry that the configuration names wrongly.
pub fn registry_client(
    configuration: &Configuration,
    environment: &Environment,
) -> Result<RegistryClient, OperationError> {
    let http = HttpClient::new(USER_AGENT).map_err(OperationError::service("set up HTTP", None))?;
    let locations = CredentialLocations::from_environment(|name| environment.variable(name));
    let credentials = DockerCredentials::load(&locations)
        .map_err(OperationError::service("read Docker's credentials", None))?;
    let endpoints = Endpoints::configured(configuration.registry_urls())
        .map_err(|error| OperationError::usage(error.to_string(), CORRECT_REGISTRY_TABLE))?;
    Ok(RegistryClient::new(http, endpoints, credentials))
}
