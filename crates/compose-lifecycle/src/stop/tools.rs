//! What the operation works with: the engine, the installed Compose, and how
//! far it goes.

use compose::{Program, Surroundings, down::DownOptions};
use compose_runtime::surroundings;
use local_docker::{Endpoint, Engine};
use tokio::sync::OnceCell;

use super::StopRequest;
use operation::{Environment, LocalProject, OperationError};

use crate::LifecycleError;

pub(super) struct Tools<'a> {
    pub(super) environment: &'a Environment,
    pub(super) local: &'a LocalProject,
    pub(super) request: &'a StopRequest,
    endpoint: Endpoint,
    engine: OnceCell<Engine>,
    pub(super) surroundings: Surroundings,
    /// The installed Compose, its version not asked for.
    pub(super) program: Option<Program>,
    /// What Compose is started with beside the variables of the user.
    pub(super) variables: Vec<(&'static str, Option<String>)>,
    pub(super) options: DownOptions,
}

impl<'a> Tools<'a> {
    /// Finds out which engine is meant, and looks for Compose.
    ///
    /// # Errors
    /// [`OperationError::Service`] for a Docker context that cannot be used.
    pub(super) fn find(
        local: &'a LocalProject,
        environment: &'a Environment,
        request: &'a StopRequest,
    ) -> Result<Self, LifecycleError> {
        let endpoint = environment.engine.resolve().map_err(OperationError::engine(CONNECT))?;
        let surroundings = surroundings(&request.selection, environment);
        Ok(Self {
            program: Program::find_without_version(&surroundings),
            variables: variables(environment, &endpoint),
            options: options(environment, request),
            endpoint,
            engine: OnceCell::new(),
            environment,
            local,
            request,
            surroundings,
        })
    }

    /// The engine; it is spoken to for the first time when it is needed.
    ///
    /// # Errors
    /// [`OperationError::Service`] when it does not answer.
    pub(super) async fn engine(&self) -> Result<&Engine, LifecycleError> {
        let connect = || Engine::connect_to(self.endpoint.clone());
        Ok(self.engine.get_or_try_init(connect).await.map_err(OperationError::engine(CONNECT))?)
    }
}

const CONNECT: &str = "connect to the Docker Engine";

fn variables(
    environment: &Environment,
    endpoint: &Endpoint,
) -> Vec<(&'static str, Option<String>)> {
    let mut variables = endpoint.environment();
    // The name is said with `-p`. With this variable Compose would go by labels
    // when the file does not load, and not say so.
    variables.push(("COMPOSE_PROJECT_NAME", None));
    variables.push(("COMPOSE_PROGRESS", Some("plain".to_owned())));
    // A short-lived program of Go spends a fifth of its start on collecting
    // garbage: this much of it may wait.
    if environment.variable("GOGC").is_none() {
        variables.push(("GOGC", Some("400".to_owned())));
    }
    variables
}

fn options(environment: &Environment, request: &StopRequest) -> DownOptions {
    let orphans = environment.variable("COMPOSE_REMOVE_ORPHANS");
    let orphans = orphans.is_some_and(|value| is_true(&value.to_string_lossy()));
    DownOptions { everything: request.everything, orphans, volumes: request.volumes }
}

/// As docker/compose `utils.StringToBool`.
fn is_true(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "1" | "t" | "true" | "y" | "yes" | "on")
}
