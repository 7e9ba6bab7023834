//! What happened to the containers of a project between two observations.

use std::fmt;

use serde::Serialize;

use crate::{Observation, ServiceContainer};

/// What happened to a container that exists now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerChange {
    /// The service had no container of this number.
    Created,
    /// It replaces another one.
    Recreated,
    /// It existed and was not running.
    Started,
    /// It was running, and still is; or it was not started.
    Unchanged,
}

impl fmt::Display for ContainerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Recreated => "recreated",
            Self::Started => "started",
            Self::Unchanged => "not changed",
        })
    }
}

impl ContainerChange {
    /// Compares a container with what existed before. A one-shot may have run again
    /// and have ended.
    #[must_use]
    pub fn since(before: &Observation, container: &ServiceContainer) -> Self {
        if let Some(same) = before.container(&container.details.id) {
            let ran_again = same.details.started != container.details.started;
            let started = !same.details.state.is_running() && ran_again;
            return if started { Self::Started } else { Self::Unchanged };
        }
        let replaced = before.containers.iter().any(|other| has_place_of(other, container));
        if replaced { Self::Recreated } else { Self::Created }
    }
}

/// The names of containers that no longer exist and were not replaced.
#[must_use]
pub fn removed_containers(before: &Observation, now: &Observation) -> Vec<String> {
    let removed = before
        .containers
        .iter()
        .filter(|old| !now.containers.iter().any(|container| has_place_of(container, old)));
    removed.map(|old| old.details.name.clone()).collect()
}

/// Whether two containers have the same number of the same service.
fn has_place_of(container: &ServiceContainer, other: &ServiceContainer) -> bool {
    container.service == other.service && container.number == other.number
}

#[cfg(test)]
mod tests {
    use local_docker::ContainerState::{self, Exited, Running};

    use super::*;
    use crate::fixtures::container;

    fn observation(containers: Vec<ServiceContainer>) -> Observation {
        Observation { containers, ..Observation::default() }
    }

    fn before() -> Observation {
        observation(vec![
            container("same", 'a', Running),
            container("stopped", 'b', Exited),
            container("old", 'c', Running),
            container("less", 'd', Running),
        ])
    }

    fn started_now(service: &str, id: char, state: ContainerState) -> ContainerChange {
        let mut now = container(service, id, state);
        now.details.started = Some(jiff::Timestamp::UNIX_EPOCH);
        ContainerChange::since(&before(), &now)
    }

    #[test]
    fn containers_are_identified_by_their_ids() {
        assert_eq!(started_now("same", 'a', Running), ContainerChange::Unchanged);
        assert_eq!(started_now("stopped", 'b', Running), ContainerChange::Started);
        assert_eq!(started_now("old", 'e', Running), ContainerChange::Recreated);
        assert_eq!(started_now("new", 'f', Running), ContainerChange::Created);
        assert_eq!(started_now("stopped", 'b', Exited), ContainerChange::Started, "a one-shot");
    }

    #[test]
    fn a_container_that_waits_for_another_one_is_unchanged() {
        let waiting = container("stopped", 'b', Exited);
        assert_eq!(ContainerChange::since(&before(), &waiting), ContainerChange::Unchanged);
    }

    #[test]
    fn containers_without_a_replacement_are_removed() {
        let now = vec![container("same", 'a', Running), container("old", 'e', Running)];
        let removed = removed_containers(&before(), &observation(now));
        assert_eq!(removed, ["demo-stopped-1", "demo-less-1"]);
    }
}
