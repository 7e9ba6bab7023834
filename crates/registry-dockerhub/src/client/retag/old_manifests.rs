use std::collections::{BTreeMap, BTreeSet};

use image_ref::{Digest, ImageTag};
use oci_image::Manifest;

use crate::{
    RegistryError,
    auth::Access,
    client::{connection::Connection, manifests::Manifests, tags::Tags},
    concurrency::try_all,
};

/// What each target points to.
pub(super) type OldManifests = BTreeMap<ImageTag, Option<Manifest>>;

/// One round trip for all targets; on Docker Hub two, because fetching counts as
/// a pull there: each manifest is then fetched once, whatever number of tags
/// point to it.
pub(super) async fn old_manifests(
    connection: &Connection,
    access: &Access,
    targets: &[ImageTag],
) -> Result<OldManifests, RegistryError> {
    if access.repository.registry().is_docker_hub() {
        return old_manifests_with_few_pulls(connection, access, targets).await;
    }
    let manifests = &Manifests::new(connection, access.clone());
    let fetched = targets.iter().map(|tag| async move {
        match manifests.get(tag).await {
            Ok(manifest) => Ok((tag.clone(), Some(manifest))),
            Err(error) if error.is_not_found() => Ok((tag.clone(), None)),
            Err(error) => Err(error),
        }
    });
    let fetched = try_all(connection.limits().requests, fetched.collect()).await?;
    Ok(fetched.into_iter().collect())
}

async fn old_manifests_with_few_pulls(
    connection: &Connection,
    access: &Access,
    targets: &[ImageTag],
) -> Result<OldManifests, RegistryError> {
    let heads = Tags::new(connection, access.clone()).digests(targets).await?;
    let digests: BTreeSet<&Digest> = heads.values().flatten().map(|head| &head.digest).collect();
    let manifests = &Manifests::new(connection, access.clone());
    let fetched = digests.into_iter().map(|digest| async move {
        Ok::<_, RegistryError>((digest.clone(), manifests.get(digest).await?))
    });
    let fetched = try_all(connection.limits().requests, fetched.collect()).await?;
    let fetched: BTreeMap<Digest, Manifest> = fetched.into_iter().collect();
    let old = heads.into_iter().map(|(tag, head)| {
        let manifest = head.and_then(|head| fetched.get(&head.digest));
        (tag, manifest.cloned())
    });
    Ok(old.collect())
}
