//! Cleaning one engine, and checking the result.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use local_docker::{
    ContainerDetails, ContainerId, ContainerRemoveOptions, Engine, EngineError, RemoveOutcome,
};
use operation::error_chain;
use report::{Reporter, StepState};

use crate::{
    preparation::PreparedEngine,
    removal::{ImageRemover, RemovalOutcome, RemovalResult},
    stopped_containers::is_stopped,
    verification::{ObservationAfter, disappeared_tags, unexpected_images},
};

/// What happened on one engine.
#[derive(Default)]
pub(super) struct EngineCleanup {
    /// One for each planned removal, sorted by reference.
    pub(super) removals: Vec<RemovalResult>,
    /// Names of containers that were removed first.
    pub(super) removed_containers: Vec<String>,
    /// The engine afterwards; `None` when it could not be observed.
    pub(super) after: Option<ObservationAfter>,
    /// Deviations of the engine from what was reported.
    pub(super) differences: Vec<String>,
    /// Changes that this program did not make.
    pub(super) notes: Vec<String>,
    /// The error that ended the removal or the check.
    error: Option<String>,
}

impl EngineCleanup {
    /// Carries out the plan, and observes the engine again even after an error.
    pub(super) async fn run(
        prepared: &PreparedEngine,
        reporter: &Reporter,
        stop: &AtomicBool,
    ) -> Self {
        let mut cleanup = Self::default();
        let title = format!("remove images at {}", prepared.observation.engine.endpoint());
        let step = reporter.step("remove", &title);
        if let Err(error) = cleanup.remove_planned(prepared, stop).await {
            cleanup.error = Some(error_chain(&error));
        }
        if let Err(error) = cleanup.verify(prepared).await {
            cleanup.error.get_or_insert(error_chain(&error));
        }
        let has_failed = !cleanup.failures().is_empty();
        let state = if has_failed { StepState::Failed } else { StepState::Done };
        let removed = cleanup.removals.iter().filter(|removal| removal.is_removed()).count();
        let planned = prepared.plan.removals().count();
        step.finish(state, &format!("{removed} of {planned} removed"));
        cleanup
    }

    async fn remove_planned(
        &mut self,
        prepared: &PreparedEngine,
        stop: &AtomicBool,
    ) -> Result<(), EngineError> {
        let engine = &prepared.observation.engine;
        for container in &prepared.containers_to_remove {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            if remove_if_stopped(engine, container).await? {
                self.removed_containers.push(container.name.clone());
            }
        }
        let planned_containers = planned_containers(prepared);
        let remover = ImageRemover::new(engine, &planned_containers, stop).await?;
        self.removals = remover.remove_images(prepared.plan.removals_by_image()).await;
        self.removals.sort_by(|a, b| (&a.reference, &a.image).cmp(&(&b.reference, &b.image)));
        self.differences =
            self.removals.iter().filter_map(|removal| removal.lost.clone()).collect();
        remover.restore_used_names(&mut self.removals).await
    }

    async fn verify(&mut self, prepared: &PreparedEngine) -> Result<(), EngineError> {
        let after = ObservationAfter::observe(&prepared.observation).await?;
        self.differences.extend(unexpected_images(&self.removals, &after));
        self.notes = disappeared_tags(&prepared.observation.state, &self.removals, &after);
        self.after = Some(after);
        Ok(())
    }

    /// Everything that could not be removed or read, with the reasons.
    pub(super) fn failures(&self) -> Vec<String> {
        self.removals
            .iter()
            .filter_map(|removal| match &removal.outcome {
                RemovalOutcome::Failed(reason) => {
                    Some(format!("{}: {reason}", removal.display_name()))
                }
                _ => None,
            })
            .chain(self.error.clone())
            .collect()
    }
}

/// Removes a container, but not its volumes, unless it runs again.
async fn remove_if_stopped(
    engine: &Engine,
    container: &ContainerDetails,
) -> Result<bool, EngineError> {
    match engine.containers().inspect(&container.id).await? {
        Some(current) if is_stopped(&current) => {
            let options = ContainerRemoveOptions { force: false, volumes: false };
            Ok(engine.containers().remove(&container.id, options).await? == RemoveOutcome::Removed)
        }
        _ => Ok(false),
    }
}

/// The containers that the plan counted as users. Those that were to be removed may run
/// again.
fn planned_containers(prepared: &PreparedEngine) -> BTreeSet<ContainerId> {
    let to_remove: BTreeSet<&ContainerId> =
        prepared.containers_to_remove.iter().map(|container| &container.id).collect();
    prepared
        .observation
        .containers
        .iter()
        .map(|container| &container.id)
        .filter(|id| !to_remove.contains(id))
        .cloned()
        .collect()
}
