//! What a run did to the containers of a project.

use std::fmt;

use local_docker::ContainerState;
use serde::Serialize;

use super::observed::{Observed, Seen};

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    /// The service had no container of this number.
    Created,
    /// It takes the place of another one.
    Recreated,
    /// It was there and did not run.
    Started,
    /// It ran before, and goes on.
    Unchanged,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Recreated => "recreated",
            Self::Started => "started",
            Self::Unchanged => "not changed",
        })
    }
}

/// What happened to a container that is there now. `started`: its service was
/// started, which runs a one-shot that had ended once more.
pub(super) fn change(before: &Observed, now: &Seen, started: bool) -> Change {
    if let Some(same) = before.find(&now.details.id) {
        let runs = now.details.state.is_running();
        let ran_again = started && now.details.state != ContainerState::Created;
        let started = !same.details.state.is_running() && (runs || ran_again);
        return if started { Change::Started } else { Change::Unchanged };
    }
    let place = |seen: &&Seen| seen.service == now.service && seen.number == now.number;
    if before.containers.iter().any(|seen| place(&seen)) {
        Change::Recreated
    } else {
        Change::Created
    }
}

/// The names of containers that are gone and have no successor.
pub(super) fn gone(before: &Observed, now: &Observed) -> Vec<String> {
    let successor = |old: &Seen| {
        now.containers.iter().any(|seen| seen.service == old.service && seen.number == old.number)
    };
    let gone = before.containers.iter().filter(|old| !successor(old));
    gone.map(|old| old.details.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up_compose::example::container as seen;

    fn observed(containers: Vec<Seen>) -> Observed {
        Observed { containers, ..Observed::default() }
    }

    #[test]
    fn containers_are_told_apart_by_their_identifiers() {
        use ContainerState::{Created, Exited, Running};
        let before = observed(vec![
            seen("same", 'a', Running),
            seen("stopped", 'b', Exited),
            seen("old", 'c', Running),
            seen("less", 'd', Running),
        ]);
        let of = |service: &str, id: char| change(&before, &seen(service, id, Running), true);
        assert_eq!(of("same", 'a'), Change::Unchanged);
        assert_eq!(of("stopped", 'b'), Change::Started);
        assert_eq!(of("old", 'e'), Change::Recreated);
        assert_eq!(of("new", 'f'), Change::Created);
        let now = observed(vec![seen("same", 'a', Running), seen("old", 'e', Running)]);
        assert_eq!(gone(&before, &now), ["demo-stopped-1", "demo-less-1"]);
        let one_shot = |started| change(&before, &seen("stopped", 'b', Exited), started);
        assert_eq!((one_shot(true), one_shot(false)), (Change::Started, Change::Unchanged));
        let waits_for_another = change(&before, &seen("stopped", 'b', Created), true);
        assert_eq!(waits_for_another, Change::Unchanged);
    }
}
