//! Taking a project down through the engine: plans what to remove, and carries the
//! plan out.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use compose::down::{
    Container, DeclaredServices, DownPlan, NetworkDown, ProjectResources, ServiceDown, Volume,
    plan_down,
};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, join_all},
};
use local_docker::{ContainerId, ContainerRemoveOptions, Engine, EngineError, RemoveOutcome};
use operation::error_chain;
use report::StepState;
use tokio::sync::Semaphore;

use super::{
    context::StopContext,
    declared_services::read_declared_services,
    error::StopError,
    report::StopMethod,
    takedown::{Takedown, TakedownEnd, TakedownOutcome},
    target_project::TargetProject,
};

/// Containers that are stopped at the same time; each needs a connection.
const MAX_STOPPING: usize = 200;

pub(super) struct EngineTakedown<'a> {
    context: &'a StopContext<'a>,
    target: &'a TargetProject,
}

impl Takedown for EngineTakedown<'_> {
    fn method(&self) -> StopMethod {
        match self.target.project {
            Some(_) => StopMethod::Engine,
            None => StopMethod::Labels,
        }
    }

    async fn take_down(
        &self,
        existing: impl Future<Output = ProjectResources>,
    ) -> Result<TakedownEnd, StopError> {
        self.remove_existing(&existing.await, self.method()).await
    }
}

impl<'a> EngineTakedown<'a> {
    pub(super) fn new(context: &'a StopContext<'a>, target: &'a TargetProject) -> Self {
        Self { context, target }
    }

    /// Removes as much of the project as the request asks for.
    pub(super) async fn remove_existing(
        &self,
        existing: &ProjectResources,
        method: StopMethod,
    ) -> Result<TakedownEnd, StopError> {
        let declared = match read_declared_services(self.context, self.target, existing).await {
            Ok(declared) => declared,
            Err(problem) => return Ok(TakedownEnd::UnreadableFiles(problem)),
        };
        let plan = plan_down(existing, declared.as_ref(), self.context.options);
        for warning in declared.iter().flat_map(|declared| compose_only_warnings(declared, &plan)) {
            self.context.reporter().warn(warning);
        }
        let engine = self.context.engine().await?;
        let problems = PlanRun::new(self.context, engine, &self.target.name).carry_out(&plan).await;
        let outcome = TakedownOutcome { method, problems, declared, interrupted: false };
        Ok(TakedownEnd::Finished(outcome))
    }
}

/// What only Compose could do for the services of a plan.
fn compose_only_warnings(declared: &DeclaredServices, plan: &DownPlan) -> Vec<String> {
    let removed = plan.services.iter().map(|down| &down.service);
    let hooks = removed
        .filter(|service| declared.with_pre_stop.contains(*service))
        .map(|service| format!("service {service}: pre_stop hooks are not run"));
    let providers = declared
        .with_provider
        .iter()
        .map(|service| format!("service {service}: its provider is not called"));
    hooks.chain(providers).collect()
}

/// A plan that is being carried out.
struct PlanRun<'a> {
    context: &'a StopContext<'a>,
    engine: &'a Engine,
    project: &'a str,
    stopping: Semaphore,
    problems: Mutex<Vec<String>>,
}

/// Resolves to whether the service, and all that were removed before it, are gone.
type ServiceGone<'a> = Shared<BoxFuture<'a, bool>>;

impl<'a> PlanRun<'a> {
    fn new(context: &'a StopContext<'a>, engine: &'a Engine, project: &'a str) -> Self {
        let stopping = Semaphore::new(MAX_STOPPING);
        Self { context, engine, project, stopping, problems: Mutex::default() }
    }

    /// Removes each service as soon as its dependents are gone, then networks and
    /// volumes; returns the problems. After a problem, what comes later is not tried,
    /// as with Compose.
    async fn carry_out(self, plan: &DownPlan) -> Vec<String> {
        let mut services: BTreeMap<&str, ServiceGone<'_>> = BTreeMap::new();
        for service in &plan.services {
            let before = service.after.iter().filter_map(|name| services.get(name.as_str()));
            let before = join_all(before.cloned().collect::<Vec<_>>());
            let removal = async {
                let all_gone = before.await.into_iter().all(|gone| gone);
                all_gone && self.remove_service(service).await
            };
            services.insert(&service.service, removal.boxed().shared());
        }
        if join_all(services.into_values()).await.into_iter().all(|gone| gone) {
            let networks = plan.networks.iter().map(|down| self.remove_network(down));
            let volumes = plan.volumes.iter().map(|volume| self.remove_volume(volume));
            tokio::join!(join_all(networks), join_all(volumes));
        }
        self.problems.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn remove_service(&self, service: &ServiceDown) -> bool {
        let containers =
            service.containers.iter().map(|container| self.remove_container(container));
        join_all(containers).await.into_iter().all(|gone| gone)
    }

    async fn remove_container(&self, container: &Container) -> bool {
        // The semaphore is never closed, so a permit comes at some time.
        let _permit = self.stopping.acquire().await;
        let removal = self.stop_and_remove(container);
        self.run_step(&format!("container {}", container.name), "stopped and removed", removal)
            .await
    }

    async fn stop_and_remove(&self, container: &Container) -> Result<RemoveOutcome, EngineError> {
        let Ok(id) = container.id.parse::<ContainerId>() else { return Ok(RemoveOutcome::Gone) };
        self.engine.containers().stop(&id, self.context.request.timeout).await?;
        let removal = ContainerRemoveOptions { force: true, volumes: self.context.options.volumes };
        self.engine.containers().remove(&id, removal).await
    }

    async fn remove_network(&self, down: &NetworkDown) {
        let removal = self.engine.networks().remove(&down.network.id);
        self.run_step(&format!("network {}", down.network.name), "removed", removal).await;
    }

    async fn remove_volume(&self, volume: &Volume) {
        let removal = self.engine.volumes().remove(&volume.name);
        self.run_step(&format!("volume {}", volume.name), "removed", removal).await;
    }

    /// False when the removal failed.
    async fn run_step(
        &self,
        title: &str,
        done: &str,
        removal: impl Future<Output = Result<RemoveOutcome, EngineError>>,
    ) -> bool {
        let step = self.context.reporter().step(&format!("{}/{title}", self.project), title);
        let (state, evidence) = match removal.await {
            Ok(RemoveOutcome::Removed) => (StepState::Done, done.to_owned()),
            Ok(RemoveOutcome::Gone) => (StepState::AlreadyDone, "gone".to_owned()),
            Ok(RemoveOutcome::InUse(_)) => (StepState::Kept, "still in use".to_owned()),
            Err(error) => (StepState::Failed, error_chain(&error)),
        };
        step.finish(state, &evidence);
        if state == StepState::Failed {
            let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
            problems.push(format!("{title}: {evidence}"));
        }
        state != StepState::Failed
    }
}
