use local_docker::EngineError;
use operation::{Environment, OperationError, error_chain};
use release_plan::ObservedBuilder;
use step_runner::StepError as _;

use super::{
    builds::observe_builder,
    disks::{EngineDisk, observe_engine_disk},
};
use crate::{Project, clients::Clients, python_versions::python_of};

/// The Docker Engine, as far as a release needs it.
#[derive(Default)]
pub(super) struct ObservedEngine {
    /// What is missing, with advice.
    pub(super) missing: Vec<(String, String)>,
    pub(super) builder: Option<ObservedBuilder>,
    pub(super) disk: EngineDisk,
}

/// Observes the engine of a project with images.
///
/// # Errors
/// [`OperationError::Usage`] when what names the engine is wrong.
pub(super) async fn observe_engine(
    project: &Project,
    clients: &Clients,
) -> Result<ObservedEngine, OperationError> {
    if project.configuration.images.is_empty() {
        return Ok(ObservedEngine::default());
    }
    let observed = async {
        let engine = clients.engine().await?;
        let (builder, disk) =
            tokio::try_join!(observe_builder(engine), observe_engine_disk(project, engine))?;
        Ok::<_, EngineError>(ObservedEngine { missing: Vec::new(), builder: Some(builder), disk })
    };
    match observed.await {
        Err(error) if error.is_invalid_endpoint() => {
            Err(OperationError::engine("connect to the Docker Engine")(error))
        }
        Err(error) => {
            let advice = error.advice().unwrap_or("start it").to_owned();
            let missing = vec![(format!("Docker Engine ({})", error_chain(&error)), advice)];
            Ok(ObservedEngine { missing, ..ObservedEngine::default() })
        }
        Ok(observed) => Ok(observed),
    }
}

/// Programs and settings of this machine that are needed and missing, each with advice.
pub(super) async fn missing_programs(
    project: &Project,
    environment: &Environment,
) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    let python = environment.python.to_string_lossy();
    let is_file = python.contains('/') && environment.python.is_file();
    if project.package.is_some() && !is_file && process::find_program(&python).is_none() {
        let advice = "install CPython 3 with venv, or use --python".to_owned();
        missing.push((format!("Python (`{python}`)"), advice));
    }
    for version in &project.configuration.checks.pythons {
        if let Err(error) = python_of(version).await {
            let advice = error.advice().unwrap_or_default();
            missing.push((format!("Python {version}"), advice));
        }
    }
    match project.repository.identity().await {
        Ok(_) => {}
        Err(git::GitError::NoIdentity { .. }) => {
            let advice = "run `git config --global user.name \"Your Name\"` and \
                          `git config --global user.email you@example.org`";
            missing.push(("a name and an address for commits".to_owned(), advice.to_owned()));
        }
        Err(error) => missing.push(("a name for commits".to_owned(), error_chain(&error))),
    }
    missing
}
