//! Taking a project down through the engine.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use compose::down::{Container, DownPlan, NetworkDown, ServiceDown, Volume};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, join_all},
};
use local_docker::{ContainerId, ContainerRemoveOptions, Engine, EngineError, RemoveOutcome};
use report::{Reporter, StepState};
use tokio::sync::Semaphore;

use operation::error_chain;

/// Containers that are being stopped at the same time; each needs a connection.
const AT_ONCE: usize = 200;

/// Carries a plan out.
pub(super) struct Native<'a> {
    engine: &'a Engine,
    reporter: &'a Reporter,
    project: &'a str,
    grace: Option<Duration>,
    volumes: bool,
    places: Semaphore,
    problems: Mutex<Vec<String>>,
}

/// Whether everything before went well.
type Gone<'a> = Shared<BoxFuture<'a, bool>>;

impl<'a> Native<'a> {
    /// With `volumes`, anonymous volumes go with their containers. `grace`
    /// replaces the containers' own periods.
    pub(super) fn new(
        engine: &'a Engine,
        reporter: &'a Reporter,
        project: &'a str,
        grace: Option<Duration>,
        volumes: bool,
    ) -> Self {
        let (places, problems) = (Semaphore::new(AT_ONCE), Mutex::default());
        Self { engine, reporter, project, grace, volumes, places, problems }
    }

    /// Each service as soon as those that need it are gone, then networks and
    /// volumes; gives what went wrong. After a problem, what comes later is not
    /// tried, as with Compose.
    pub(super) async fn apply(self, plan: &DownPlan) -> Vec<String> {
        let mut gone: BTreeMap<&str, Gone<'_>> = BTreeMap::new();
        for service in &plan.services {
            let before = service.after.iter().filter_map(|name| gone.get(name.as_str()).cloned());
            let before = join_all(before.collect::<Vec<_>>());
            let ending = async {
                let all = before.await.into_iter().all(|gone| gone);
                all && self.end(service).await
            };
            gone.insert(&service.service, ending.boxed().shared());
        }
        if join_all(gone.into_values()).await.into_iter().all(|gone| gone) {
            let networks = join_all(plan.networks.iter().map(|one| self.remove_network(one)));
            let volumes = join_all(plan.volumes.iter().map(|one| self.remove_volume(one)));
            tokio::join!(networks, volumes);
        }
        self.problems.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn end(&self, service: &ServiceDown) -> bool {
        let all = service.containers.iter().map(|one| self.end_container(one));
        join_all(all).await.into_iter().all(|gone| gone)
    }

    async fn end_container(&self, container: &Container) -> bool {
        // Never closed, so there is always a place at some time.
        let _place = self.places.acquire().await;
        let ending = self.stop_and_remove(container);
        self.step(&format!("container {}", container.name), "stopped and removed", ending).await
    }

    async fn stop_and_remove(&self, container: &Container) -> Result<RemoveOutcome, EngineError> {
        let Ok(id) = container.id.parse::<ContainerId>() else { return Ok(RemoveOutcome::Gone) };
        self.engine.containers().stop(&id, self.grace).await?;
        let options = ContainerRemoveOptions { force: true, volumes: self.volumes };
        self.engine.containers().remove(&id, options).await
    }

    async fn remove_network(&self, one: &NetworkDown) {
        let removing = self.engine.networks().remove(&one.network.id);
        self.step(&format!("network {}", one.network.name), "removed", removing).await;
    }

    async fn remove_volume(&self, volume: &Volume) {
        let removing = self.engine.volumes().remove(&volume.name);
        self.step(&format!("volume {}", volume.name), "removed", removing).await;
    }

    async fn step(
        &self,
        title: &str,
        done: &str,
        work: impl Future<Output = Result<RemoveOutcome, EngineError>>,
    ) -> bool {
        let step = self.reporter.step(&format!("{}/{title}", self.project), title);
        let (state, words) = match work.await {
            Ok(RemoveOutcome::Removed) => (StepState::Done, done.to_owned()),
            Ok(RemoveOutcome::Gone) => (StepState::AlreadyDone, "gone".to_owned()),
            Ok(RemoveOutcome::InUse(_)) => (StepState::Kept, "still in use".to_owned()),
            Err(error) => (StepState::Failed, error_chain(&error)),
        };
        step.finish(state, &words);
        if state == StepState::Failed {
            let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
            problems.push(format!("{title}: {words}"));
        }
        state != StepState::Failed
    }
}
