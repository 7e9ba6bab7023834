use image_ref::Digest;
use oci_image::{Manifest, ManifestView};
use probe::{Never, Probe};

use super::{blobs::Blobs, manifests::Manifests};
use crate::{RegistryError, concurrency::try_all};

/// Whether an image or index is in a repository with everything it refers to.
/// `Partial` carries the digests of missing manifests and blobs. Content is
/// addressed by its digest, so nothing else can be in its place.
pub type ContentProbe = Probe<(), Vec<Digest>, Never, RegistryError>;

/// What a repository has of a digest, with so many requests at once.
pub(super) async fn probe_content(
    manifests: &Manifests<'_>,
    blobs: &Blobs<'_>,
    digest: &Digest,
    requests: usize,
) -> Result<ContentProbe, RegistryError> {
    let root = match manifests.get(digest).await {
        Ok(root) => root,
        Err(error) if error.is_not_found() => return Ok(Probe::Absent),
        Err(error) => return Err(error),
    };
    let missing = missing_parts(manifests, blobs, &root, requests).await?;
    Ok(if missing.is_empty() { Probe::Identical(()) } else { Probe::Partial(missing) })
}

async fn missing_parts(
    manifests: &Manifests<'_>,
    blobs: &Blobs<'_>,
    root: &Manifest,
    requests: usize,
) -> Result<Vec<Digest>, RegistryError> {
    let ManifestView::Index(index) = root.view()? else {
        return missing_blobs(blobs, root, requests).await;
    };
    let children = index.manifests.iter().map(|entry| async move {
        match manifests.get(&entry.digest).await {
            Ok(child) => missing_blobs(blobs, &child, requests).await,
            Err(error) if error.is_not_found() => Ok(vec![entry.digest.clone()]),
            Err(error) => Err(error),
        }
    });
    Ok(try_all(requests, children.collect()).await?.concat())
}

async fn missing_blobs(
    blobs: &Blobs<'_>,
    image: &Manifest,
    requests: usize,
) -> Result<Vec<Digest>, RegistryError> {
    let ManifestView::Image(view) = image.view()? else { return Ok(Vec::new()) };
    let own = view.blobs().filter(|blob| !blob.is_foreign());
    let queries = own.map(|blob| async move {
        let size = blobs.size(&blob.digest).await?;
        Ok::<_, RegistryError>(size.is_none().then(|| blob.digest.clone()))
    });
    let missing = try_all(requests, queries.collect()).await?;
    Ok(missing.into_iter().flatten().collect())
}
