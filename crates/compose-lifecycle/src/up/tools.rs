//! What the operation works with: the engine, the installed Compose, and the
//! registries.

use compose::{ComposeError, Program};
use compose_runtime::surroundings;
use configuration::Configuration;
use local_docker::Engine;
use registry_dockerhub::{CredentialLocations, DockerCredentials, Endpoints, RegistryClient};
use transport::HttpClient;

use super::UpRequest;
use operation::{Environment, LocalProject, OperationError, USER_AGENT};

use crate::LifecycleError;

pub(super) struct Tools<'a> {
    pub(super) environment: &'a Environment,
    pub(super) request: &'a UpRequest,
    pub(super) engine: Engine,
    pub(super) program: Program,
    /// None when no registry is to be asked.
    pub(super) registry: Option<RegistryClient>,
    /// What makes Compose use the same engine.
    pub(super) endpoint: Vec<(&'static str, Option<String>)>,
}

impl<'a> Tools<'a> {
    /// Connects to the engine and finds Compose.
    ///
    /// # Errors
    /// [`OperationError::Service`] for the engine and the credentials,
    /// [`LifecycleError::Compose`] when Compose is not there or too old.
    pub(super) async fn find(
        project: &LocalProject,
        environment: &'a Environment,
        request: &'a UpRequest,
    ) -> Result<Self, LifecycleError> {
        let engine = Engine::connect(&environment.engine).await;
        let engine = engine.map_err(OperationError::engine("connect to the Docker Engine"))?;
        let program = Program::find(&surroundings(&request.selection, environment)).await?;
        let program = program.ok_or(ComposeError::NotInstalled)?;
        if program.is_legacy() {
            let version = program.version().to_owned();
            return Err(ComposeError::TooOldForModel { version }.into());
        }
        let registry = match request.offline {
            true => None,
            false => Some(registry_client(&project.configuration, environment)?),
        };
        let endpoint = engine.endpoint().environment();
        Ok(Self { environment, request, engine, program, registry, endpoint })
    }
}

/// A client of registries with the user's credentials.
fn registry_client(
    configuration: &Configuration,
    environment: &Environment,
) -> Result<RegistryClient, LifecycleError> {
    let http = HttpClient::new(USER_AGENT).map_err(OperationError::service("set up HTTP", None))?;
    let locations = CredentialLocations::from_environment(|name| environment.variable(name));
    let credentials = DockerCredentials::load(&locations)
        .map_err(OperationError::service("read Docker's credentials", None))?;
    let endpoints = Endpoints::configured(configuration.registry_urls())
        .map_err(|error| OperationError::usage(error.to_string(), REPAIR_REGISTRY_TABLE))?;
    Ok(RegistryClient::new(http, endpoints, credentials))
}

const REPAIR_REGISTRY_TABLE: &str = "correct the name of the `[registry]` table in tidegate.toml";
