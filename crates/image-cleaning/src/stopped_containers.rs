//! Containers that do not run and keep images from being removed.

use std::collections::BTreeSet;

use compose::labels;
use image_ref::{ImageId, Reference};
use image_retention::{Decision, ImageUse, ImageUser, Plan, Scope};
use local_docker::{ContainerDetails, ContainerState};

use crate::users::started_reference;

/// Whether the container has ended or was never started.
pub(super) fn is_stopped(container: &ContainerDetails) -> bool {
    matches!(
        container.state,
        ContainerState::Created | ContainerState::Exited | ContainerState::Dead
    )
}

/// Every stopped container.
pub(super) fn stopped_containers(containers: &[ContainerDetails]) -> Vec<&ContainerDetails> {
    containers.iter().filter(|container| is_stopped(container)).collect()
}

/// The stopped containers of the project: those of its Compose projects, and those of
/// its repositories that belong to no other Compose project.
pub(super) fn stopped_project_containers<'a>(
    containers: &'a [ContainerDetails],
    scope: &Scope,
    compose_names: &BTreeSet<String>,
) -> Vec<&'a ContainerDetails> {
    let mut stopped = stopped_containers(containers);
    stopped.retain(|container| match container.labels.get(labels::PROJECT) {
        Some(name) if compose_names.contains(name) => true,
        Some(_) => *scope == Scope::Everything,
        None => is_in_scope(container, scope),
    });
    stopped
}

fn is_in_scope(container: &ContainerDetails, scope: &Scope) -> bool {
    match scope {
        Scope::Everything => true,
        Scope::Repositories { .. } => container
            .image
            .parse::<Reference>()
            .is_ok_and(|reference| scope.has_repository(reference.repository())),
    }
}

/// Those without which something would be removed.
pub(super) fn blocking_containers<'a>(
    stopped: &[&'a ContainerDetails],
    plan_without_them: &Plan,
) -> Vec<&'a ContainerDetails> {
    let removed_images: BTreeSet<&ImageId> =
        plan_without_them.removals().map(|decision| &decision.image).collect();
    let removed_names: BTreeSet<&Reference> =
        plan_without_them.removals().filter_map(Decision::reference).collect();
    stopped
        .iter()
        .copied()
        .filter(|container| {
            container.image_id.as_ref().is_some_and(|id| removed_images.contains(id))
                || started_reference(container).is_some_and(|name| removed_names.contains(&name))
        })
        .collect()
}

/// The uses that remain without these containers.
pub(super) fn uses_without(uses: &[ImageUse], containers: &[&ContainerDetails]) -> Vec<ImageUse> {
    let removed: BTreeSet<&str> =
        containers.iter().map(|container| container.name.as_str()).collect();
    uses.iter()
        .filter(|image_use| match &image_use.user {
            ImageUser::Container { name, .. } => !removed.contains(name.as_str()),
            _ => true,
        })
        .cloned()
        .collect()
}
