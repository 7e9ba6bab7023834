//! What the operation works with: the engine, the installed Compose, and the
//! registries.

use compose::{ComposeError, Program};
use local_docker::Engine;
use registry_dockerhub::RegistryClient;

use super::UpRequest;
use crate::{Environment, LocalProject, OperationError, services::registry_client};

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
    /// [`OperationError::Compose`] when Compose is not there or too old.
    pub(super) async fn find(
        project: &LocalProject,
        environment: &'a Environment,
        request: &'a UpRequest,
    ) -> Result<Self, OperationError> {
        let engine = Engine::connect(&environment.engine).await;
        let engine = engine.map_err(OperationError::engine("connect to the Docker Engine"))?;
        let program = Program::find(&request.selection.surroundings(environment)).await?;
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
