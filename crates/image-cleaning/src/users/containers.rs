//! Uses by containers and Swarm services.

use compose::labels::ServiceLabels;
use image_ref::Reference;
use image_retention::{ImageUse, ImageUser, UsedImage, with_default_tag};
use local_docker::{ContainerDetails, Engine, EngineError, ImageDetails, SwarmService};

/// Containers in every state.
pub(crate) async fn list_containers(engine: &Engine) -> Result<Vec<ContainerDetails>, EngineError> {
    let containers = engine.containers().list(None).await?;
    engine.containers().inspect_all(containers.iter().map(|container| &container.id)).await
}

/// Every image that a container uses: its own, by ID and by the name that it was
/// started with, and those that are mounted into it.
pub(crate) fn container_uses(container: &ContainerDetails) -> Vec<ImageUse> {
    let by_id = container.image_id.clone().map(UsedImage::Image);
    let by_name = container.image.parse().ok().map(UsedImage::Reference);
    let mounted = container
        .mounts
        .iter()
        .filter(|mount| mount.kind == "image")
        .filter_map(|mount| mount.source.as_deref())
        .flat_map(mounted_images);
    let user = container_user(container);
    by_id
        .into_iter()
        .chain(by_name)
        .chain(mounted)
        .map(|used| ImageUse { used, user: user.clone() })
        .collect()
}

/// A mount has the requested name, but not the image that had it at the time: the
/// image may have lost the name since.
fn mounted_images(source: &str) -> Vec<UsedImage> {
    // The path below which it is mounted; another entry has its name.
    if source.starts_with('/') {
        return Vec::new();
    }
    if let Ok(id) = source.parse() {
        return vec![UsedImage::Image(id)];
    }
    let Ok(reference) = source.parse::<Reference>() else { return vec![UsedImage::Everything] };
    if reference.digest().is_some() {
        return vec![UsedImage::Reference(reference)];
    }
    let any_of_repository = UsedImage::Repository(reference.repository().clone());
    vec![UsedImage::Reference(reference), any_of_repository]
}

fn container_user(container: &ContainerDetails) -> ImageUser {
    ImageUser::Container {
        name: container.name.clone(),
        state: container.state.as_str().to_owned(),
        running: container.state.is_running(),
        service: ServiceLabels::from_labels(&container.labels).map(|labels| labels.service),
    }
}

/// The name with which a container was started.
pub(crate) fn started_reference(container: &ContainerDetails) -> Option<Reference> {
    container.image.parse().ok().map(with_default_tag)
}

/// An image with a name that this program cannot read is in use.
pub(super) fn invalid_name_use(image: &ImageDetails) -> Option<ImageUse> {
    let name = image.unreadable_names.first()?;
    let user = ImageUser::Unresolved { what: format!("its invalid name {name}") };
    Some(ImageUse { used: UsedImage::Image(image.id.clone()), user })
}

/// A Swarm service uses its image, even without tasks at the moment, and the image to
/// which `docker service rollback` returns.
pub(super) fn swarm_service_uses(service: &SwarmService) -> Vec<ImageUse> {
    [Some(&service.image), service.previous_image.as_ref()]
        .into_iter()
        .flatten()
        .filter(|image| !image.is_empty())
        .map(|image| ImageUse {
            used: image.parse().map_or(UsedImage::Everything, UsedImage::Reference),
            user: ImageUser::SwarmService { name: service.name.clone() },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_image_is_in_use_even_if_it_lost_its_name() {
        let pinned = format!("o/models@sha256:{}", "1".repeat(64));
        for (source, expected) in [
            (
                "o/models:7",
                vec![
                    UsedImage::Reference("o/models:7".parse().unwrap()),
                    UsedImage::Repository("o/models".parse().unwrap()),
                ],
            ),
            (&pinned, vec![UsedImage::Reference(pinned.parse().unwrap())]),
            ("REG/models:7", vec![UsedImage::Everything]),
            ("/var/lib/docker/overlay2/x", vec![]),
        ] {
            assert_eq!(mounted_images(source), expected, "{source}");
        }
    }

    #[test]
    fn a_service_with_an_invalid_image_name_uses_everything() {
        let service = SwarmService {
            name: "web".to_owned(),
            image: "REG/web:1".to_owned(),
            previous_image: None,
        };
        assert_eq!(swarm_service_uses(&service)[0].used, UsedImage::Everything);
    }
}
