//! Watches containers until they stand as they should.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use local_docker::{ContainerId, ContainerState, Health};
use report::{Reporter, Step, StepState};

use super::{
    observed::{Observed, Seen},
    plan::ProjectPlan,
    standing::{Standing, standing},
};

/// How long a container without a health check must run to count as running.
const MOMENT: Duration = Duration::from_secs(2);

/// The watch over a project that is being started.
pub(super) struct Watch<'a> {
    reporter: &'a Reporter,
    project: &'a str,
    before: &'a Observed,
    /// Services that must have containers.
    services: BTreeSet<&'a str>,
    /// Since when a container has been running, and how often it was restarted
    /// before that.
    running: BTreeMap<ContainerId, (u64, Instant)>,
    /// Services that are waited for.
    steps: BTreeMap<String, Step>,
    ready: BTreeSet<String>,
}

/// What a look at the containers gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// What will not become ready.
    pub(super) failed: Vec<String>,
    /// What may still become ready, in words for when nobody waits any longer.
    pub(super) waiting: Vec<String>,
    /// Whether a service became ready since the last look.
    pub(super) progress: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(reporter: &'a Reporter, plan: &'a ProjectPlan) -> Self {
        let services = plan.services.iter().filter(|(_, service)| service.has_containers);
        Self {
            reporter,
            project: &plan.project.name,
            before: &plan.before,
            services: services.map(|(name, _)| name.as_str()).collect(),
            running: BTreeMap::new(),
            steps: BTreeMap::new(),
            ready: BTreeSet::new(),
        }
    }

    /// Judges the containers as they are now, and tells how services go on.
    /// Until Compose has `ended`, those that were there before are passed over:
    /// it may be about to stop, to replace or to start them.
    pub(super) fn look(&mut self, containers: &[Seen], ended: bool, now: Instant) -> Look {
        let mut look = Look::default();
        let judged = |seen: &&Seen| ended || self.before.find(&seen.details.id).is_none();
        let containers: Vec<&Seen> = containers.iter().filter(judged).collect();
        for service in self.services.clone() {
            let own = containers.iter().copied().filter(|seen| seen.service == service);
            let own: Vec<&Seen> = own.collect();
            let standings: Vec<(&Seen, Standing)> =
                own.into_iter().map(|seen| (seen, self.stands(seen, now))).collect();
            look.take(service, &standings);
            look.progress |= self.tell(service, &standings);
        }
        look
    }

    fn stands(&mut self, seen: &Seen, now: Instant) -> Standing {
        let container = &seen.details;
        let ran_before = self.before.find(&container.id).is_some_and(|old| {
            old.details.state == ContainerState::Running
                && old.details.restart_count == container.restart_count
        });
        if container.state != ContainerState::Running {
            self.running.remove(&container.id);
            return standing(container, false);
        }
        let since =
            self.running.entry(container.id.clone()).or_insert((container.restart_count, now));
        if since.0 != container.restart_count {
            *since = (container.restart_count, now);
        }
        standing(container, ran_before || now.duration_since(since.1) >= MOMENT)
    }

    /// Tells that a service is waited for, or no longer. True when it became ready.
    fn tell(&mut self, service: &str, standings: &[(&Seen, Standing)]) -> bool {
        let (state, words) = match summary(standings) {
            Standing::Waiting(_) => {
                if !self.steps.contains_key(service) && !standings.is_empty() {
                    let step =
                        self.reporter.step(&format!("health.{}.{service}", self.project), service);
                    self.steps.insert(service.to_owned(), step);
                }
                return false;
            }
            Standing::Ready(words) => (StepState::Done, words),
            Standing::Failed(words) => (StepState::Failed, words),
        };
        if let Some(step) = self.steps.remove(service) {
            step.finish(state, &words);
        }
        state == StepState::Done && self.ready.insert(service.to_owned())
    }

    /// Nobody waits any longer: what is still waited for is told as it stands.
    pub(super) fn give_up(self) {
        for step in self.steps.values() {
            step.finish(StepState::Failed, "not ready yet");
        }
    }
}

impl Look {
    fn take(&mut self, service: &str, standings: &[(&Seen, Standing)]) {
        if standings.is_empty() {
            self.waiting.push(format!("{service}: no container"));
        }
        for (seen, standing) in standings {
            match standing {
                Standing::Ready(_) => {}
                Standing::Waiting(words) => {
                    self.waiting.push(trouble(seen, &format!("{words}, not ready in time")));
                }
                Standing::Failed(words) => self.failed.push(trouble(seen, words)),
            }
        }
    }
}

/// What is wrong with a container, and where to look. Of its log nothing is
/// shown: programs print secrets into it.
fn trouble(seen: &Seen, words: &str) -> String {
    let name = &seen.details.name;
    let checked = seen.details.health.is_some_and(|health| health != Health::Healthy);
    let probe = seen.details.health_log.as_ref().filter(|_| checked);
    let probe = probe.map(|text| format!("; its last probe said: {text}")).unwrap_or_default();
    // What never ran has no log.
    let log = match seen.details.state {
        ContainerState::Created => String::new(),
        ContainerState::Paused => format!("; `docker unpause {name}`"),
        _ => format!("; see `docker logs {name}`"),
    };
    format!("{} ({name}): {words}{probe}{log}", seen.service)
}

/// How a service stands: as the one of its containers that stands worst.
fn summary(standings: &[(&Seen, Standing)]) -> Standing {
    let all = || standings.iter().map(|(_, standing)| standing);
    let failed = all().find(|standing| matches!(standing, Standing::Failed(_)));
    let waiting = all().find(|standing| matches!(standing, Standing::Waiting(_)));
    let none = || Standing::Waiting("no container".to_owned());
    failed.or(waiting).or(all().next()).cloned().unwrap_or_else(none)
}

#[cfg(test)]
mod tests {
    use local_docker::ContainerDetails;

    use super::*;
    use crate::up::{example, observed::Observed};

    fn plan(services: &[&str], before: Vec<Seen>) -> ProjectPlan {
        let before = Observed { containers: before, ..Observed::default() };
        ProjectPlan { before, ..example::plan(services) }
    }

    fn later(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_new_container_must_run_for_a_moment() {
        let plan = plan(&["web"], Vec::new());
        let reporter = Reporter::silent();
        let mut watch = Watch::new(&reporter, &plan);
        assert_eq!(watch.look(&[], true, later(0)).waiting, ["web: no container"]);
        let running = [example::container("web", 'a', ContainerState::Running)];
        assert_eq!(watch.look(&running, true, later(0)).waiting.len(), 1);
        assert_eq!(
            watch.look(&running, true, later(3)),
            Look { progress: true, ..Look::default() }
        );
        assert_eq!(watch.look(&running, true, later(4)), Look::default(), "told once");
    }

    #[test]
    fn a_restart_begins_the_moment_anew() {
        let plan = plan(&["web"], Vec::new());
        let reporter = Reporter::silent();
        let mut watch = Watch::new(&reporter, &plan);
        let mut container = example::container("web", 'a', ContainerState::Running);
        watch.look(std::slice::from_ref(&container), true, later(0));
        container.details.restart_count = 1;
        let look = watch.look(&[container], true, later(3));
        assert!(look.waiting[0].starts_with("web (demo-web-1): restarted 1 times, not ready"));
    }

    #[test]
    fn a_container_that_ran_before_needs_no_moment() {
        let running = example::container("web", 'a', ContainerState::Running);
        let plan = plan(&["web"], vec![running.clone()]);
        let reporter = Reporter::silent();
        let mut watch = Watch::new(&reporter, &plan);
        assert_eq!(watch.look(&[running], true, later(0)).waiting, Vec::<String>::new());
    }

    #[test]
    fn while_compose_works_old_containers_are_not_judged() {
        let old = example::container("web", 'a', ContainerState::Exited);
        let killed = ContainerDetails { exit_code: Some(137), ..old.details.clone() };
        let plan = plan(&["web"], vec![old.clone()]);
        let reporter = Reporter::silent();
        let mut watch = Watch::new(&reporter, &plan);
        let stopped = [Seen { details: killed, ..old }];
        assert_eq!(watch.look(&stopped, false, later(0)).failed, Vec::<String>::new());
        let failed = watch.look(&stopped, true, later(1)).failed;
        assert_eq!(failed, ["web (demo-web-1): exited 137; see `docker logs demo-web-1`"]);
    }
}
