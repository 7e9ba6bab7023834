//! What a run works with: the engine, the installed Compose, and the registries.

use compose_runtime::{
    InstalledCompose, Observation, ProjectObserver, ServiceContainer, registry_client,
};
use local_docker::Engine;
use operation::{Environment, LocalProject, OperationError};
use registry_dockerhub::RegistryClient;
use report::Reporter;

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
        let compose = InstalledCompose::detect(&request.selection, environment, &engine).await?;
        let registry = match request.offline {
            true => None,
            false => Some(registry_client(&project.configuration, environment)?),
        };
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
