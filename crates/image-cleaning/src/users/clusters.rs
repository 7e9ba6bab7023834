//! Uses by Kubernetes clusters.

use std::time::Duration;

use image_retention::{ImageUse, ImageUser, UsedImage};
use kubernetes::{Cluster, ClusterError, ClusterImageUse, ImageName, Kubeconfig, ObjectKind};

use super::{ClusterImage, ClusterImages};

/// Queries the cluster of a kubeconfig context for the images in use.
///
/// # Errors
/// [`ClusterError`] when any part of the cluster cannot be read: an image that is not
/// known to be used must not count as unused.
pub async fn cluster_images(
    kubeconfig: &Kubeconfig,
    context: &str,
    response_timeout: Duration,
) -> Result<ClusterImages, ClusterError> {
    let cluster = Cluster::connect(kubeconfig, context, response_timeout).await?;
    let uses = cluster.images_in_use().await?;
    Ok(ClusterImages {
        context: context.to_owned(),
        images: uses.into_iter().map(|image_use| cluster_image(context, image_use)).collect(),
    })
}

fn cluster_image(context: &str, image_use: ClusterImageUse) -> ClusterImage {
    let requested = match &image_use.image {
        ImageName::Reference(reference) => UsedImage::Reference(reference.clone()),
        ImageName::Id(digest) => UsedImage::Digest(digest.clone()),
        ImageName::Repository(repository) => UsedImage::Repository(repository.clone()),
        ImageName::Unknown(_) => UsedImage::Everything,
    };
    // The digest counts as image ID too: which of them it is depends on the runtime.
    let running = image_use.running.as_ref().map(|running| match running.digest() {
        Some(digest) => UsedImage::Digest(digest.clone()),
        None => UsedImage::Everything,
    });
    let name = image_use.image.to_string();
    let user = cluster_user(context, image_use);
    let uses = [requested]
        .into_iter()
        .chain(running)
        .map(|used| ImageUse { used, user: user.clone() })
        .collect();
    ClusterImage { name, user, uses }
}

fn cluster_user(context: &str, image_use: ClusterImageUse) -> ImageUser {
    let cluster = context.to_owned();
    let ClusterImageUse { namespace, kind, name, replicas, .. } = image_use;
    if kind == ObjectKind::Pod {
        return ImageUser::Pod { cluster, namespace, name };
    }
    let replicas = replicas.and_then(|replicas| u32::try_from(replicas).ok());
    ImageUser::Workload { cluster, namespace, kind: kind.to_string(), name, replicas }
}
