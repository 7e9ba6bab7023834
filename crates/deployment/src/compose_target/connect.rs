use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
    rc::Rc,
};

use compose::{ComposeProject, Model};
use compose_runtime::{ComposeRuntimeError, InstalledCompose, only_project, registry_client};
use configuration::Deploy;
use image_ref::Registry;
use local_docker::Engine;
use operation::{
    ComposeSelection, DestinationChoice, Environment, LocalProject, OperationError, USER_AGENT,
};
use registry_dockerhub::RegistryClient;
use report::Reporter;
use tokio::sync::oneshot;
use transport::{HttpClient, RetryPolicy};

use super::roles::ConfiguredRoles;
use crate::{
    DeploymentError,
    target::{LockHolder, TargetError},
};

/// A Compose project in one engine.
pub struct ComposeTarget {
    pub(super) engine: Engine,
    pub(super) compose: InstalledCompose,
    pub(super) project: ComposeProject,
    /// The services of the active profiles, as they were read last.
    model: RefCell<Rc<Model>>,
    pub(super) registry: RegistryClient,
    /// For requests to instances; never repeats one.
    pub(super) http: HttpClient,
    /// Why no request reaches an instance by its own address.
    pub(super) request_problem: Option<String>,
    /// Who reads and writes records.
    pub(super) user: LockHolder,
    /// Services that are the application or infrastructure by configuration.
    pub(super) roles: ConfiguredRoles,
    /// Where files are kept that make a service run another version than the Compose
    /// files name.
    pub(super) versions_folder: PathBuf,
    pub(super) settings: Deploy,
    /// Variables of this process, which win over those of `.env`.
    pub(super) variables: BTreeMap<String, OsString>,
    /// For what takes long although nobody would expect it.
    pub(super) reporter: Reporter,
    /// Registries that the user knows to be slow.
    pub(super) awaited: RefCell<BTreeSet<Registry>>,
    /// Each ends when a container that was asked to stop has stopped.
    pub(super) stops: RefCell<Vec<oneshot::Receiver<()>>>,
}

impl ComposeTarget {
    /// Connects to what the command line and the configuration choose, and makes the
    /// environment that of its engine.
    ///
    /// # Errors
    /// [`OperationError::Usage`] when no destination has the name, and those of
    /// [`ComposeTarget::connect`].
    pub async fn at(
        choice: DestinationChoice,
        local: &LocalProject,
        environment: &mut Environment,
    ) -> Result<Self, DeploymentError> {
        let choice = choice.complete(local)?;
        environment.engine = choice.engine;
        Ok(Self::connect(local, environment, &choice.selection).await?)
    }

    /// Connects to the engine, and reads the Compose project.
    ///
    /// # Errors
    /// [`ComposeRuntimeError`] when Compose is not installed or too old, when there is no
    /// Compose project or several, or when the engine does not answer.
    pub async fn connect(
        local: &LocalProject,
        environment: &Environment,
        selection: &ComposeSelection,
    ) -> Result<Self, ComposeRuntimeError> {
        let project = only_project(selection, local, environment)?;
        let engine = Engine::connect(&environment.engine).await;
        let engine = engine.map_err(OperationError::engine("connect to the Docker Engine"))?;
        let compose = InstalledCompose::detect(selection, environment, &engine).await?;
        let model = compose.model(&project, false).await?;
        let folder = project.folder.display().to_string();
        let state = environment.state()?.project(&project.name, &folder);
        let versions_folder = state.operation("versions").path().to_owned();
        let request_problem = request_problem(&engine).await?;
        let http = HttpClient::new(USER_AGENT);
        let http = http.map_err(OperationError::service("set up HTTP", None))?;
        let registry = registry_client(&local.configuration, environment)?;
        Ok(Self {
            engine,
            compose,
            project,
            model: RefCell::new(Rc::new(model)),
            registry,
            http: http.with_retry(RetryPolicy::never()),
            request_problem,
            user: environment.lock_holder("records of deployments").into(),
            roles: ConfiguredRoles::new(&local.configuration.deploy),
            versions_folder,
            settings: local.configuration.deploy.clone(),
            variables: environment.variables.clone(),
            reporter: environment.reporter.clone(),
            awaited: RefCell::default(),
            stops: RefCell::default(),
        })
    }

    pub(super) fn model(&self) -> Rc<Model> {
        Rc::clone(&self.model.borrow())
    }

    /// Reads the services again: a deployment that was taken back has changed what the
    /// files name.
    pub(super) async fn read_model(&self) -> Result<(), TargetError> {
        let model = self.compose.model(&self.project, false).await;
        let model = model.map_err(TargetError::unavailable("read the Compose project"))?;
        self.model.replace(Rc::new(model));
        Ok(())
    }
}

/// On another machine the same addresses are those of other containers.
async fn request_problem(engine: &Engine) -> Result<Option<String>, ComposeRuntimeError> {
    let is_reachable = engine.has_reachable_containers().await;
    let is_reachable = is_reachable.map_err(OperationError::engine("look at the engine"))?;
    let problem = format!("the engine at {} is on another machine", engine.endpoint());
    Ok((!is_reachable).then_some(problem))
}
