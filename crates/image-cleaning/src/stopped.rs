//! Containers that do not run and keep an image from going.

use std::collections::BTreeSet;

use ::compose::labels;
use image_ref::{ImageId, Reference};
use image_retention::{Decision, ImageUse, ImageUser, Plan, Scope};
use local_docker::{ContainerDetails, ContainerState};

use super::{scope::reference, uses};

/// Whether it has ended, or never began.
pub(super) fn is_stopped(container: &ContainerDetails) -> bool {
    matches!(
        container.state,
        ContainerState::Created | ContainerState::Exited | ContainerState::Dead
    )
}

/// Every stopped container.
pub(super) fn all(containers: &[ContainerDetails]) -> Vec<&ContainerDetails> {
    containers.iter().filter(|container| is_stopped(container)).collect()
}

/// The stopped containers of the project: of its Compose projects, or of its
/// repositories and of no other Compose project.
pub(super) fn of_project<'a>(
    containers: &'a [ContainerDetails],
    scope: &Scope,
    compose_names: &BTreeSet<String>,
) -> Vec<&'a ContainerDetails> {
    let of_scope = |container: &ContainerDetails| match scope {
        Scope::Everything => true,
        Scope::Repositories { repositories, .. } => reference(&container.image)
            .is_some_and(|reference| repositories.contains(reference.repository())),
    };
    let stopped = all(containers).into_iter();
    let is_ours = |container: &&ContainerDetails| match container.labels.get(labels::PROJECT) {
        Some(name) if compose_names.contains(name) => true,
        Some(_) => *scope == Scope::Everything,
        None => of_scope(container),
    };
    stopped.filter(is_ours).collect()
}

/// Those without which something would go.
pub(super) fn blocking<'a>(
    stopped: &[&'a ContainerDetails],
    without_them: &Plan,
) -> Vec<&'a ContainerDetails> {
    let going: BTreeSet<&ImageId> = without_them.removals().map(|one| &one.image).collect();
    let names: BTreeSet<&Reference> =
        without_them.removals().filter_map(Decision::reference).collect();
    let blocks = |container: &&&ContainerDetails| {
        let name = uses::name(container);
        container.image_id.as_ref().is_some_and(|id| going.contains(id))
            || name.is_some_and(|name| names.contains(&name))
    };
    stopped.iter().filter(blocks).copied().collect()
}

/// The uses that remain when these containers are gone.
pub(super) fn without(uses: &[ImageUse], gone: &[&ContainerDetails]) -> Vec<ImageUse> {
    let names: BTreeSet<&str> = gone.iter().map(|container| container.name.as_str()).collect();
    let stays = |used: &&ImageUse| match &used.user {
        ImageUser::Container { name, .. } => !names.contains(name.as_str()),
        _ => true,
    };
    uses.iter().filter(stays).cloned().collect()
}
