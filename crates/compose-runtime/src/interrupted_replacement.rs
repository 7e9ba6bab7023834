//! Repairs what a Compose leaves that was stopped while it replaced a container: the
//! new container under a temporary name, never started, and the old one. The next
//! `up` removes the new one and creates another of the same name at the same time,
//! and fails if it is too quick (observed with Compose 2.26).

use std::collections::BTreeMap;

use local_docker::{
    ContainerDetails, ContainerRemoveOptions, ContainerState, Engine, EngineError, RemoveOutcome,
};
use report::Reporter;

use crate::ServiceContainer;

/// The container that is to be replaced, by its full identifier
/// (docker/compose, `api.ContainerReplaceLabel`).
const REPLACES: &str = "com.docker.compose.replace";

/// Removes replacements that were never started, so that `up` finds the old
/// containers alone.
///
/// # Errors
/// When the engine does not answer.
pub async fn remove_interrupted_replacements(
    engine: &Engine,
    containers: &[ServiceContainer],
    reporter: &Reporter,
) -> Result<(), EngineError> {
    for container in interrupted_replacements(containers) {
        let ContainerDetails { id, name, .. } = &container.details;
        let removed = engine.containers().remove(id, ContainerRemoveOptions::default()).await?;
        if removed == RemoveOutcome::Removed {
            reporter.info(format!("removed {name}, left behind by an interrupted Compose"));
        }
    }
    Ok(())
}

/// Containers under a temporary name whose old container still exists. Without it
/// they stay: they hold its anonymous volumes.
fn interrupted_replacements(containers: &[ServiceContainer]) -> Vec<&ServiceContainer> {
    let by_id: BTreeMap<&str, &ContainerDetails> = containers
        .iter()
        .map(|container| (container.details.id.as_str(), &container.details))
        .collect();
    let interrupted = containers.iter().filter(|container| {
        let details = &container.details;
        let replaced = details.labels.get(REPLACES).and_then(|id| by_id.get(id.as_str()));
        details.state == ContainerState::Created
            && replaced.is_some_and(|old| details.name == temporary_name(old))
    });
    interrupted.collect()
}

fn temporary_name(replaced: &ContainerDetails) -> String {
    format!("{}_{}", replaced.id.short(), replaced.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// A container `b` that is to replace container `a`.
    fn replacement(name: &str, state: ContainerState) -> ServiceContainer {
        let mut new = fixtures::container("web", 'b', state);
        new.details.name = name.to_owned();
        new.details.labels.insert(REPLACES.to_owned(), "a".repeat(12));
        new
    }

    fn replaced() -> ServiceContainer {
        fixtures::container("web", 'a', ContainerState::Exited)
    }

    #[test]
    fn only_replacements_that_were_never_started_are_removed() {
        use ContainerState::{Created, Running};
        let temporary = "aaaaaaaaaaaa_demo-web-1";
        for (case, containers, expected) in [
            ("interrupted", vec![replaced(), replacement(temporary, Created)], 1),
            ("the old one is gone", vec![replacement(temporary, Created)], 0),
            ("started", vec![replaced(), replacement(temporary, Running)], 0),
            ("renamed", vec![replaced(), replacement("demo-web-1", Created)], 0),
        ] {
            assert_eq!(interrupted_replacements(&containers).len(), expected, "{case}");
        }
    }
}
