//! What the projects of a request share: the engine, the installed Compose, and how
//! much is removed.

use compose::{
    Program, Surroundings,
    down::{DownOptions, ProjectResources},
};
use compose_runtime::{InstalledCompose, ProjectObserver, surroundings};
use local_docker::{Endpoint, Engine};
use operation::{Environment, LocalProject, OperationError};
use report::Reporter;
use tokio::sync::OnceCell;

use super::{error::StopError, request::StopRequest};

const CONNECT: &str = "connect to the Docker Engine";
const OBSERVE: &str = "list the project's containers, networks and volumes";

pub(super) struct StopContext<'a> {
    pub(super) environment: &'a Environment,
    pub(super) local: &'a LocalProject,
    pub(super) request: &'a StopRequest,
    endpoint: Endpoint,
    engine: OnceCell<Engine>,
    pub(super) surroundings: Surroundings,
    /// Found without running it: its version is not known.
    pub(super) compose: Option<InstalledCompose>,
    pub(super) options: DownOptions,
}

impl<'a> StopContext<'a> {
    /// Resolves which engine is used, and looks for Compose.
    ///
    /// # Errors
    /// [`OperationError::Service`] for a Docker context that cannot be used.
    pub(super) fn new(
        local: &'a LocalProject,
        environment: &'a Environment,
        request: &'a StopRequest,
    ) -> Result<Self, StopError> {
        let endpoint = environment.engine.resolve().map_err(OperationError::engine(CONNECT))?;
        let surroundings = surroundings(&request.selection, environment);
        let program = Program::detect_without_version(&surroundings);
        let variables = compose_variables(environment, &endpoint);
        Ok(Self {
            compose: program.map(|program| InstalledCompose::new(program, variables)),
            options: down_options(environment, request),
            endpoint,
            engine: OnceCell::new(),
            environment,
            local,
            request,
            surroundings,
        })
    }

    pub(super) fn reporter(&self) -> &'a Reporter {
        &self.environment.reporter
    }

    /// The engine; the connection is made when it is first needed.
    ///
    /// # Errors
    /// [`OperationError::Service`] when it does not answer.
    pub(super) async fn engine(&self) -> Result<&Engine, OperationError> {
        let engine = self.engine.get_or_try_init(|| Engine::connect_to(self.endpoint.clone()));
        engine.await.map_err(OperationError::engine(CONNECT))
    }

    /// What the engine has of the project of this name.
    ///
    /// # Errors
    /// [`OperationError::Service`] when the engine does not answer.
    pub(super) async fn observe_resources(
        &self,
        project: &str,
    ) -> Result<ProjectResources, OperationError> {
        let observer = ProjectObserver::new(self.engine().await?, project);
        observer.resources().await.map_err(OperationError::engine(OBSERVE))
    }

    /// As [`StopContext::observe_resources`], with the containers that are attached to networks.
    ///
    /// # Errors
    /// [`OperationError::Service`] when the engine does not answer.
    pub(super) async fn observe_with_attachments(
        &self,
        project: &str,
    ) -> Result<ProjectResources, OperationError> {
        let observer = ProjectObserver::new(self.engine().await?, project);
        observer.resources_with_attachments().await.map_err(OperationError::engine(OBSERVE))
    }

    /// Whether the project has nothing that this request could remove.
    pub(super) fn is_nothing_to_remove(&self, existing: &ProjectResources) -> bool {
        let ProjectResources { containers, networks, volumes } = existing;
        containers.is_empty()
            && networks.is_empty()
            && (!self.options.volumes || volumes.is_empty())
    }
}

fn compose_variables(
    environment: &Environment,
    endpoint: &Endpoint,
) -> Vec<(&'static str, Option<String>)> {
    let mut variables = endpoint.environment();
    // The name is passed with `-p`. With this variable Compose would silently use
    // labels when the file does not load.
    variables.push(("COMPOSE_PROJECT_NAME", None));
    // A short-lived Go program spends a fifth of its start on garbage collection, which
    // may wait until there is this much garbage.
    if environment.variable("GOGC").is_none() {
        variables.push(("GOGC", Some("400".to_owned())));
    }
    variables
}

fn down_options(environment: &Environment, request: &StopRequest) -> DownOptions {
    let orphans = environment.variable("COMPOSE_REMOVE_ORPHANS");
    let orphans = orphans.is_some_and(|value| is_true(&value.to_string_lossy()));
    DownOptions { everything: request.everything, orphans, volumes: request.volumes }
}

/// As docker/compose `utils.StringToBool`.
fn is_true(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "1" | "t" | "true" | "y" | "yes" | "on")
}
