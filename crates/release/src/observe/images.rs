use std::collections::BTreeMap;

use futures_util::future::join_all;
use image_ref::{ImageTag, Repository};
use operation::error_chain;
use registry_dockerhub::{AccessCheck as RegistryAccess, RegistryError, Right};
use release_plan::{Access, ObservedImage};
use release_version::{ReleaseVersion, TemplateValues};

use super::{access_check::AccessCheck, builds::observe_build};
use crate::{Project, clients::Clients};

/// Observes the images and their repositories, in the order of the configuration.
pub(super) async fn observe_images(
    project: &Project,
    clients: &Clients,
    check: AccessCheck,
) -> Vec<ObservedImage> {
    let images = project.configuration.images.iter().zip(unqueried_images(project));
    join_all(images.map(|(image, unqueried)| async move {
        let (tags, access) = match observe_tags(clients, &image.repository).await {
            Ok(tags) => (tags, image_access(clients, &image.repository, check).await),
            Err(error) => (Vec::new(), Access::Unreachable(error_chain(&error))),
        };
        let tags = tags.into_iter().map(|tag| (tag.as_str().to_owned(), None)).collect();
        ObservedImage { access, tags, ..unqueried }
    }))
    .await
}

/// The images as far as they can be observed without their registries.
pub(super) fn unqueried_images(project: &Project) -> Vec<ObservedImage> {
    let images = project.configuration.images.iter().zip(project.image_names());
    let observed = images.map(|(image, name)| ObservedImage {
        name,
        access: Access::Unchecked,
        tags: BTreeMap::new(),
        dockerfile_found: project.root.join(&image.context).join(&image.dockerfile).is_file(),
        build: observe_build(project, image),
    });
    observed.collect()
}

/// Tags of a repository. One that does not exist yet, or that only its owners see,
/// has none.
async fn observe_tags(
    clients: &Clients,
    repository: &Repository,
) -> Result<Vec<ImageTag>, RegistryError> {
    match clients.registry.tags(repository).list().await {
        Err(
            RegistryError::NotFound { .. }
            | RegistryError::Unauthorized { .. }
            | RegistryError::Denied { .. }
            | RegistryError::MissingRight { .. },
        ) => Ok(Vec::new()),
        result => result,
    }
}

async fn image_access(clients: &Clients, repository: &Repository, check: AccessCheck) -> Access {
    if check == AccessCheck::Skip {
        return Access::Unchecked;
    }
    match clients.registry.access(repository).check(&[Right::Pull, Right::Push]).await {
        RegistryAccess::Granted => Access::Granted,
        RegistryAccess::Accepted | RegistryAccess::NotFound => Access::Unchecked,
        RegistryAccess::MissingRight(right) => {
            Access::Refused(format!("the credentials lack the right to {right} at {repository}"))
        }
        RegistryAccess::Unauthorized(error) => Access::Refused(error_chain(&error)),
        RegistryAccess::Unreachable(error) => Access::Unreachable(error_chain(&error)),
    }
}

/// Adds what the floating tags of each image point to now. Where the registry does
/// not answer, the plan shows no digest; the move itself looks again and fails then.
pub(super) async fn observe_floating_tags(
    project: &Project,
    clients: &Clients,
    version: &ReleaseVersion,
    observed: &mut [ObservedImage],
) {
    let values = TemplateValues { version, commit: "" };
    for (image, observed) in project.configuration.images.iter().zip(observed) {
        let names = image.floating.iter().map(|tag| tag.render(values));
        let existing = names.filter(|name| observed.tags.contains_key(name));
        let tags: Vec<ImageTag> = existing.filter_map(|name| name.parse().ok()).collect();
        let digests =
            clients.registry.tags(&image.repository).digests(&tags).await.unwrap_or_default();
        let digests = digests.into_iter().filter_map(|(tag, head)| Some((tag, head?.digest)));
        observed.tags.extend(digests.map(|(tag, digest)| (tag.as_str().to_owned(), Some(digest))));
    }
}
