//! What a run did to the containers of a project.

use std::fmt;

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

/// What happened to a container that is there now. A one-shot may have run once
/// more and have ended.
pub(super) fn change(before: &Observed, now: &Seen) -> Change {
    if let Some(same) = before.find(&now.details.id) {
        let ran_again = same.details.started != now.details.started;
        let started = !same.details.state.is_running() && ran_again;
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
    use local_docker::ContainerState;

    use super::*;
    use crate::up::example::container as seen;

    fn observed(containers: Vec<Seen>) -> Observed {
        Observed { containers, ..Observed::default() }
    }

    #[test]
    fn containers_are_told_apart_by_their_identifiers() {
        use ContainerState::{Exited, Running};
        let before = observed(vec![
            seen("same", 'a', Running),
            seen("stopped", 'b', Exited),
            seen("old", 'c', Running),
            seen("less", 'd', Running),
        ]);
        let after = |service: &str, id: char, state| {
            let mut now = seen(service, id, state);
            now.details.started = Some(jiff::Timestamp::UNIX_EPOCH);
            change(&before, &now)
        };
        let of = |service: &str, id: char| after(service, id, Running);
        assert_eq!(of("same", 'a'), Change::Unchanged);
        assert_eq!(of("stopped", 'b'), Change::Started);
        assert_eq!(of("old", 'e'), Change::Recreated);
        assert_eq!(of("new", 'f'), Change::Created);
        let now = observed(vec![seen("same", 'a', Running), seen("old", 'e', Running)]);
        assert_eq!(gone(&before, &now), ["demo-stopped-1", "demo-less-1"]);
        assert_eq!(after("stopped", 'b', Exited), Change::Started, "a one-shot");
        let waits_for_another = change(&before, &seen("stopped", 'b', Exited));
        assert_eq!(waits_for_another, Change::Unchanged);
    }
}
