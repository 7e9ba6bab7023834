//! Who uses which image of an engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use ::compose::{ComposeProject, labels::ServiceLabels};
use image_retention::{Use, Used, User};
use local_docker::{ContainerDetails, SwarmService};

use super::scope::{reference, surroundings, use_of};
use crate::Environment;

/// Everything that a container uses: its image by ID and by the name that it was
/// started with, and images that are mounted into it.
pub(super) fn of_container(container: &ContainerDetails) -> Vec<Use> {
    let user = user(container);
    let by_id = container.image_id.clone().map(Used::Image);
    let by_name = reference(&container.image).map(Used::Reference);
    let mounted = container.mounts.iter().filter(|mount| mount.kind == "image");
    let mounted = mounted.filter_map(|mount| reference(mount.source.as_deref()?));
    let used = by_id.into_iter().chain(by_name).chain(mounted.map(Used::Reference));
    used.map(|used| Use { used, user: user.clone() }).collect()
}

fn user(container: &ContainerDetails) -> User {
    User::Container {
        name: container.name.clone(),
        state: container.state.word().to_owned(),
        running: container.state.is_running(),
        service: ServiceLabels::parse(&container.labels).map(|labels| labels.service),
    }
}

/// A service of the swarm, also when it has no task at the moment, and what
/// `docker service rollback` would return it to.
pub(super) fn of_swarm_service(service: &SwarmService) -> Vec<Use> {
    let images = [Some(&service.image), service.previous_image.as_ref()];
    let used = images.into_iter().flatten().filter_map(|image| reference(image));
    let user = User::SwarmService { name: service.name.clone() };
    used.map(|image| Use { used: Used::Reference(image), user: user.clone() }).collect()
}

/// What the Compose files of the containers on this machine name: a service that
/// is down for the moment has no container that would protect its image.
pub(super) fn of_other_compose_files(
    containers: &[ContainerDetails],
    environment: &Environment,
    root: Option<&Path>,
) -> Vec<Use> {
    let mut projects = BTreeMap::new();
    for labels in containers.iter().filter_map(|one| ServiceLabels::parse(&one.labels)) {
        projects.insert((labels.project.clone(), labels.config_files.clone()), labels);
    }
    let mentions = projects.into_values().filter_map(|labels| {
        // Files of another machine, or deleted ones, can say nothing.
        let readable = labels.config_files.iter().all(|file| file.is_file());
        let project = project_of(labels).filter(|_| readable)?;
        Some(::compose::mentions(&project, &surroundings(environment, &project)).images)
    });
    let uses: BTreeSet<Use> = mentions.flatten().map(|mention| use_of(&mention, root)).collect();
    uses.into_iter().collect()
}

fn project_of(labels: ServiceLabels) -> Option<ComposeProject> {
    let first = labels.config_files.first()?;
    let folder = labels.working_dir.or_else(|| first.parent().map(Into::into))?;
    Some(ComposeProject {
        name: labels.project,
        folder,
        files: labels.config_files,
        profiles: Vec::new(),
        env_files: labels.environment_files,
        warnings: Vec::new(),
    })
}
