//! What a Compose leaves that was stopped in the middle of replacing a container:
//! the new one under a name for the moment, never started, and the old one. The
//! next `up` removes the new one and makes another of the same name at the same
//! time, and fails when it is too quick (seen with Compose 2.26).

use std::collections::BTreeMap;

use local_docker::{ContainerDetails, ContainerRemoveOptions, ContainerState, RemoveOutcome};

use super::{observed::Seen, plan::ProjectPlan, tools::Tools};
use operation::OperationError;

use crate::LifecycleError;

/// The container that is to be replaced, by its whole identifier
/// (docker/compose, `api.ContainerReplaceLabel`).
const REPLACES: &str = "com.docker.compose.replace";

/// Removes leftovers, so that `up` begins with the old container alone.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn remove(tools: &Tools<'_>, plan: &ProjectPlan) -> Result<(), LifecycleError> {
    for seen in leftovers(&plan.before.containers) {
        let removed =
            tools.engine.containers().remove(&seen.details.id, ContainerRemoveOptions::default());
        let removed = removed.await.map_err(OperationError::engine("remove what is left over"))?;
        if removed == RemoveOutcome::Removed {
            let name = &seen.details.name;
            let text = format!("removed {name}, which a Compose that was stopped had left");
            tools.environment.reporter.info(text);
        }
    }
    Ok(())
}

/// Containers under a name for the moment, whose old one is still there. Without
/// it they stay: they hold its anonymous volumes.
fn leftovers(containers: &[Seen]) -> Vec<&Seen> {
    let by_id: BTreeMap<&str, &ContainerDetails> =
        containers.iter().map(|seen| (seen.details.id.as_str(), &seen.details)).collect();
    let left = |seen: &&Seen| {
        let details = &seen.details;
        let old = details.labels.get(REPLACES).and_then(|id| by_id.get(id.as_str()));
        let for_the_moment =
            |old: &&ContainerDetails| details.name == format!("{}_{}", old.id.short(), old.name);
        details.state == ContainerState::Created && old.is_some_and(for_the_moment)
    };
    containers.iter().filter(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::example;

    /// A container `b` that is to replace container `a`.
    fn successor(name: &str, state: ContainerState) -> Seen {
        let mut new = example::container("web", 'b', state);
        new.details.name = name.to_owned();
        new.details.labels.insert(REPLACES.to_owned(), "a".repeat(12));
        new
    }

    #[test]
    fn only_what_was_never_started_and_has_its_old_one_is_left_over() {
        use ContainerState::{Created, Exited, Running};
        let old = || example::container("web", 'a', Exited);
        let for_the_moment = "aaaaaaaaaaaa_demo-web-1";
        let count = |containers: &[Seen]| leftovers(containers).len();
        assert_eq!(count(&[old(), successor(for_the_moment, Created)]), 1);
        assert_eq!(count(&[successor(for_the_moment, Created)]), 0, "the old one is gone");
        assert_eq!(count(&[old(), successor(for_the_moment, Running)]), 0);
        assert_eq!(count(&[old(), successor("demo-web-1", Created)]), 0, "renamed already");
    }
}
