//! Who uses which image of an engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use ::compose::{ComposeProject, labels::ServiceLabels};
use image_ref::Reference;
use image_retention::{ImageUse, ImageUser, UsedImage};
use local_docker::{ContainerDetails, ImageDetails, SwarmService};

use super::scope::{reference, surroundings, use_of};
use operation::Environment;

/// Everything that a container uses: its image by ID and by the name that it was
/// started with, and images that are mounted into it.
pub(super) fn of_container(container: &ContainerDetails) -> Vec<ImageUse> {
    let user = user(container);
    let by_id = container.image_id.clone().map(UsedImage::Image);
    let by_name = reference(&container.image).map(UsedImage::Reference);
    let mounted = container.mounts.iter().filter(|mount| mount.kind == "image");
    let mounted = mounted.filter_map(|mount| mount.source.as_deref()).flat_map(mounted_image);
    let used = by_id.into_iter().chain(by_name).chain(mounted);
    used.map(|used| ImageUse { used, user: user.clone() }).collect()
}

/// A mount tells the name that it was asked for, and not which image that was at
/// the time: it may have lost the name since.
fn mounted_image(source: &str) -> Vec<UsedImage> {
    if source.starts_with('/') {
        return Vec::new(); // where it is mounted from; its name is told too
    }
    if let Ok(id) = source.parse() {
        return vec![UsedImage::Image(id)];
    }
    let Some(reference) = reference(source) else { return vec![UsedImage::Everything] };
    let whichever = UsedImage::Repository(reference.repository().clone());
    match reference.digest() {
        Some(_) => vec![UsedImage::Reference(reference)],
        None => vec![UsedImage::Reference(reference), whichever],
    }
}

/// The name that a container was started by.
pub(super) fn name(container: &ContainerDetails) -> Option<Reference> {
    reference(&container.image).map(image_retention::with_default_tag)
}

/// An image with a name that cannot be read is somebody's.
pub(super) fn of_unreadable_names(image: &ImageDetails) -> Option<ImageUse> {
    let name = image.unreadable_names.first()?;
    let what = format!("its name {name}, which cannot be read");
    Some(ImageUse {
        used: UsedImage::Image(image.id.clone()),
        user: ImageUser::Unresolved { what },
    })
}

fn user(container: &ContainerDetails) -> ImageUser {
    ImageUser::Container {
        name: container.name.clone(),
        state: container.state.as_str().to_owned(),
        running: container.state.is_running(),
        service: ServiceLabels::parse(&container.labels).map(|labels| labels.service),
    }
}

/// A service of the swarm, also when it has no task at the moment, and what
/// `docker service rollback` would return it to.
pub(super) fn of_swarm_service(service: &SwarmService) -> Vec<ImageUse> {
    let images = [Some(&service.image), service.previous_image.as_ref()];
    let used =
        |image: &String| reference(image).map_or(UsedImage::Everything, UsedImage::Reference);
    let used = images.into_iter().flatten().filter(|image| !image.is_empty()).map(used);
    let user = ImageUser::SwarmService { name: service.name.clone() };
    used.map(|used| ImageUse { used, user: user.clone() }).collect()
}

/// What the Compose files of the containers on this machine name: a service that
/// is down for the moment has no container that would protect its image.
pub(super) fn of_other_compose_files(
    containers: &[ContainerDetails],
    environment: &Environment,
    root: Option<&Path>,
) -> Vec<ImageUse> {
    let mut projects = BTreeMap::new();
    for labels in containers.iter().filter_map(|one| ServiceLabels::parse(&one.labels)) {
        projects.insert((labels.project.clone(), labels.config_files.clone()), labels);
    }
    let mentions = projects.into_values().filter_map(|labels| {
        let project = project_of(labels)?;
        Some(::compose::mentions(&project, &surroundings(environment, &project)).images)
    });
    let uses: BTreeSet<ImageUse> =
        mentions.flatten().map(|mention| use_of(&mention, root)).collect();
    uses.into_iter().collect()
}

/// The files of a project that are on this machine: those of another one, or
/// deleted ones, can say nothing. Compose 1 writes them relative to the folder.
fn project_of(labels: ServiceLabels) -> Option<ComposeProject> {
    let first = labels.config_files.first()?;
    let folder = labels.working_dir.or_else(|| first.parent().map(Into::into))?;
    let files: Vec<_> = labels.config_files.iter().map(|file| folder.join(file)).collect();
    let files: Vec<_> = files.into_iter().filter(|file| file.is_file()).collect();
    (!files.is_empty()).then_some(ComposeProject {
        name: labels.project,
        folder,
        files,
        profiles: Vec::new(),
        env_files: labels.environment_files,
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_image_is_used_also_when_its_name_has_moved_on() {
        let repository = |text: &str| UsedImage::Repository(text.parse().unwrap());
        let named = |text: &str| UsedImage::Reference(text.parse().unwrap());
        assert_eq!(mounted_image("o/models:7"), [named("o/models:7"), repository("o/models")]);
        let pinned = format!("o/models@sha256:{}", "1".repeat(64));
        assert_eq!(mounted_image(&pinned), [named(&pinned)]);
        assert_eq!(mounted_image("REG/models:7"), [UsedImage::Everything]);
        assert_eq!(mounted_image("/var/lib/docker/overlay2/x"), []);
    }

    #[test]
    fn a_name_that_cannot_be_read_keeps_its_image() {
        let swarm = SwarmService {
            name: "web".to_owned(),
            image: "REG/web:1".to_owned(),
            previous_image: None,
        };
        assert_eq!(of_swarm_service(&swarm)[0].used, UsedImage::Everything);
    }
}
