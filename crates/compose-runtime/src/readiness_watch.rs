//! Watches the containers of a project until every service is ready.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use local_docker::{ContainerId, ContainerState, Health};
use report::{Reporter, RunningStep, StepState};

use crate::{Observation, Readiness, ServiceContainer};

/// How long a container without a health check must run to count as ready.
const STEADY_AFTER: Duration = Duration::from_secs(2);

/// The watch over a project whose services are being started. Each service that is
/// waited for is a step of the reporter.
pub struct ReadinessWatch<'a> {
    reporter: &'a Reporter,
    project: &'a str,
    before: &'a Observation,
    /// Services that must have containers.
    services: BTreeSet<&'a str>,
    running: BTreeMap<ContainerId, RunningSince>,
    /// Services that are waited for.
    steps: BTreeMap<String, RunningStep>,
    ready: BTreeSet<String>,
}

/// Since when a container has been running, and its number of restarts then.
#[derive(Clone, Copy)]
struct RunningSince {
    restarts: u64,
    instant: Instant,
}

/// The result of one check of all services.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReadinessCheck {
    /// Containers that will not become ready, with the reason and where to look.
    pub failed: Vec<String>,
    /// Containers that may still become ready, described as not ready in time.
    pub waiting: Vec<String>,
    /// Whether a service became ready since the last check.
    pub progress: bool,
}

impl<'a> ReadinessWatch<'a> {
    /// A watch over these services; `before` is what existed before they were started.
    #[must_use]
    pub fn new(
        reporter: &'a Reporter,
        project: &'a str,
        services: BTreeSet<&'a str>,
        before: &'a Observation,
    ) -> Self {
        Self {
            reporter,
            project,
            before,
            services,
            running: BTreeMap::new(),
            steps: BTreeMap::new(),
            ready: BTreeSet::new(),
        }
    }

    /// Judges the containers as they are now. Until Compose has `ended`, containers
    /// that existed before are skipped: it may be about to stop, replace or start
    /// them.
    pub fn check_services(
        &mut self,
        containers: &[ServiceContainer],
        ended: bool,
        now: Instant,
    ) -> ReadinessCheck {
        let mut check = ReadinessCheck::default();
        let judged: Vec<&ServiceContainer> = containers
            .iter()
            .filter(|container| ended || !self.existed_before(container))
            .collect();
        for service in self.services.clone() {
            let judged = judged.iter().filter(|container| container.service == service);
            let judged: Vec<(&ServiceContainer, Readiness)> =
                judged.map(|container| (*container, self.readiness(container, now))).collect();
            check.add_service(service, &judged);
            check.progress |= self.update_step(service, &judged);
        }
        check
    }

    fn existed_before(&self, container: &ServiceContainer) -> bool {
        self.before.container(&container.details.id).is_some()
    }

    fn readiness(&mut self, container: &ServiceContainer, now: Instant) -> Readiness {
        let details = &container.details;
        if details.state != ContainerState::Running {
            self.running.remove(&details.id);
            return Readiness::of_container(details, false);
        }
        let start = RunningSince { restarts: details.restart_count, instant: now };
        let since = self.running.entry(details.id.clone()).or_insert(start);
        if since.restarts != details.restart_count {
            *since = start;
        }
        let steady = now.duration_since(since.instant) >= STEADY_AFTER;
        Readiness::of_container(details, steady || self.ran_before(container))
    }

    fn ran_before(&self, container: &ServiceContainer) -> bool {
        self.before.container(&container.details.id).is_some_and(|before| {
            before.details.state == ContainerState::Running
                && before.details.restart_count == container.details.restart_count
        })
    }

    /// Starts or finishes the step of a service. True when the service became ready.
    fn update_step(
        &mut self,
        service: &str,
        containers: &[(&ServiceContainer, Readiness)],
    ) -> bool {
        let (state, text) = match worst_readiness(containers) {
            None | Some(Readiness::Waiting(_)) => {
                if !containers.is_empty() {
                    let id = format!("health.{}.{service}", self.project);
                    let step = self.steps.entry(service.to_owned());
                    step.or_insert_with(|| self.reporter.step(&id, service));
                }
                return false;
            }
            Some(Readiness::Ready(text)) => (StepState::Done, text),
            Some(Readiness::Failed(text)) => (StepState::Failed, text),
        };
        if let Some(step) = self.steps.remove(service) {
            step.finish(state, text);
        }
        state == StepState::Done && self.ready.insert(service.to_owned())
    }

    /// Ends the watch; services that are still waited for have failed.
    pub fn give_up(self) {
        for step in self.steps.values() {
            step.finish(StepState::Failed, "not ready yet");
        }
    }
}

impl ReadinessCheck {
    fn add_service(&mut self, service: &str, containers: &[(&ServiceContainer, Readiness)]) {
        if containers.is_empty() {
            self.waiting.push(format!("{service}: no container"));
        }
        for (container, readiness) in containers {
            match readiness {
                Readiness::Ready(_) => {}
                Readiness::Waiting(text) => {
                    self.waiting.push(problem(container, &format!("{text}, not ready in time")));
                }
                Readiness::Failed(text) => self.failed.push(problem(container, text)),
            }
        }
    }
}

/// What is wrong with a container, and where to look. Its log is not shown:
/// programs print secrets into it.
fn problem(container: &ServiceContainer, text: &str) -> String {
    let ServiceContainer { service, details, .. } = container;
    let name = &details.name;
    let unhealthy = details.health.is_some_and(|health| health != Health::Healthy);
    let probe = details.health_log.as_ref().filter(|_| unhealthy);
    let probe = probe.map(|output| format!("; its last probe printed: {output}"));
    let advice = match details.state {
        // A container that never ran has no log.
        ContainerState::Created => String::new(),
        ContainerState::Paused => format!("; `docker unpause {name}`"),
        _ => format!("; see `docker logs {name}`"),
    };
    format!("{service} ({name}): {text}{}{advice}", probe.unwrap_or_default())
}

/// A service is as ready as the least ready of its containers.
fn worst_readiness<'a>(containers: &'a [(&ServiceContainer, Readiness)]) -> Option<&'a Readiness> {
    containers.iter().map(|(_, readiness)| readiness).min_by_key(|readiness| match readiness {
        Readiness::Failed(_) => 0,
        Readiness::Waiting(_) => 1,
        Readiness::Ready(_) => 2,
    })
}

#[cfg(test)]
mod tests {
    use local_docker::ContainerDetails;

    use super::*;
    use crate::fixtures::container;

    fn observation(containers: Vec<ServiceContainer>) -> Observation {
        Observation { containers, ..Observation::default() }
    }

    fn watch<'a>(reporter: &'a Reporter, before: &'a Observation) -> ReadinessWatch<'a> {
        ReadinessWatch::new(reporter, "demo", BTreeSet::from(["web"]), before)
    }

    fn later(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_new_container_must_run_for_a_moment() {
        let (reporter, before) = (Reporter::silent(), Observation::default());
        let mut watch = watch(&reporter, &before);
        assert_eq!(watch.check_services(&[], true, later(0)).waiting, ["web: no container"]);
        let running = [container("web", 'a', ContainerState::Running)];
        assert_eq!(watch.check_services(&running, true, later(0)).waiting.len(), 1);
        let ready = ReadinessCheck { progress: true, ..ReadinessCheck::default() };
        assert_eq!(watch.check_services(&running, true, later(3)), ready);
        let unchanged = ReadinessCheck::default();
        assert_eq!(watch.check_services(&running, true, later(4)), unchanged, "reported once");
    }

    #[test]
    fn a_restart_starts_the_moment_again() {
        let (reporter, before) = (Reporter::silent(), Observation::default());
        let mut watch = watch(&reporter, &before);
        let mut container = container("web", 'a', ContainerState::Running);
        watch.check_services(std::slice::from_ref(&container), true, later(0));
        container.details.restart_count = 1;
        let check = watch.check_services(&[container], true, later(3));
        assert!(check.waiting[0].starts_with("web (demo-web-1): restarted 1 times, not ready"));
    }

    #[test]
    fn a_container_that_ran_before_is_ready_at_once() {
        let reporter = Reporter::silent();
        let running = container("web", 'a', ContainerState::Running);
        let before = observation(vec![running.clone()]);
        let mut watch = watch(&reporter, &before);
        assert_eq!(watch.check_services(&[running], true, later(0)).waiting, Vec::<String>::new());
    }

    #[test]
    fn containers_that_existed_before_are_not_judged_while_compose_runs() {
        let reporter = Reporter::silent();
        let exited = container("web", 'a', ContainerState::Exited);
        let killed = ContainerDetails { exit_code: Some(137), ..exited.details.clone() };
        let before = observation(vec![exited.clone()]);
        let mut watch = watch(&reporter, &before);
        let stopped = [ServiceContainer { details: killed, ..exited }];
        assert_eq!(watch.check_services(&stopped, false, later(0)).failed, Vec::<String>::new());
        let failed = watch.check_services(&stopped, true, later(1)).failed;
        assert_eq!(failed, ["web (demo-web-1): exited 137; see `docker logs demo-web-1`"]);
    }
}
