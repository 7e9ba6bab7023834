//! What a run works with: the engine, the installed Compose, and the registries.

use compose::{ComposeError, Program};
use compose_runtime::{
    InstalledCompose, Observation, ProjectObserver, ServiceContainer, surroundings,
};
use configuration::Configuration;
use local_docker::Engine;
use operation::{Environment, LocalProject, OperationError, USER_AGENT};
use registry_dockerhub::{CredentialLocations, DockerCredentials, Endpoints, RegistryClient};
use report::Reporter;
use transport::HttpClient;

use super::{error::UpError, request::UpRequest};

pub(super) struct UpContext<'a> {
    environment: &'a Environment,
    pub(super) request: &'a UpRequest,
    pub(super) engine: Engine,
    pub(super) compose: InstalledCompose,
    /// `None` when no registry is to be asked.
    pub(super) registry: Option<RegistryClient>,
}

impl<'a> UpContext<'a> {
    /// Connects to the engine and finds Compose.
    ///
    /// # Errors
    /// [`OperationError::Service`] for the engine and the credentials,
    /// [`UpError::Compose`] when Compose is not installed or too old.
    pub(super) async fn new(
        project: &LocalProject,
        environment: &'a Environment,
        request: &'a UpRequest,
    ) -> Result<Self, UpError> {
        let engine = Engine::connect(&environment.engine).await;
        let engine = engine.map_err(OperationError::engine("connect to the Docker Engine"))?;
        let program = Program::detect(&surroundings(&request.selection, environment)).await?;
        let program = program.ok_or(ComposeError::NotInstalled)?;
        if program.is_legacy() {
            let version = program.version().to_owned();
            return Err(ComposeError::TooOldForModel { version }.into());
        }
        let registry = match request.offline {
            true => None,
            false => Some(registry_client(&project.configuration, environment)?),
        };
        let compose = InstalledCompose::new(program, engine.endpoint().environment());
        Ok(Self { environment, request, engine, compose, registry })
    }

    pub(super) fn reporter(&self) -> &'a Reporter {
        &self.environment.reporter
    }

    /// The containers of the services of the project of this name, with their images.
    ///
    /// # Errors
    /// [`OperationError::Service`] when the engine does not answer.
    pub(super) async fn observe_project(
        &self,
        project: &str,
    ) -> Result<Observation, OperationError> {
        let observation = ProjectObserver::new(&self.engine, project).observe_services().await;
        observation.map_err(OperationError::engine(INSPECT_CONTAINERS))
    }

    /// The containers alone.
    ///
    /// # Errors
    /// [`OperationError::Service`] when the engine does not answer.
    pub(super) async fn service_containers(
        &self,
        project: &str,
    ) -> Result<Vec<ServiceContainer>, OperationError> {
        let containers = ProjectObserver::new(&self.engine, project).service_containers().await;
        containers.map_err(OperationError::engine(INSPECT_CONTAINERS))
    }
}

const INSPECT_CONTAINERS: &str = "inspect the project's containers";

/// A client of registries with the user's credentials.
fn registry_client(
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

const CORRECT_REGISTRY_TABLE: &str = "correct the name of the `[registry]` table in tidegate.toml";
