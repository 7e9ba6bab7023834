use image_ref::{Digest, ImageTag, Repository};
use oci_image::{Manifest, ManifestView};
use probe::{Never, Probe};

use super::RegistryClient;
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// Whether a tag points to the digest expected. `Identical` and `Diverged`
/// carry the digest that it points to.
pub type TagProbe = Probe<Digest, Never, Digest, RegistryError>;

/// Whether an image or index is in a repository with everything it refers to.
/// `Partial` carries the digests of missing manifests and blobs. Content is
/// addressed by its digest, so nothing else can be in its place.
pub type ContentProbe = Probe<(), Vec<Digest>, Never, RegistryError>;

impl RegistryClient {
    /// Compares a tag with the digest that it should have.
    pub async fn probe_tag(
        &self,
        repository: &Repository,
        tag: &ImageTag,
        expected: &Digest,
    ) -> TagProbe {
        match self.head(repository, tag).await {
            Ok(None) => Probe::Absent,
            Ok(Some(head)) if head.digest == *expected => Probe::Identical(head.digest),
            Ok(Some(head)) => Probe::Diverged(head.digest),
            Err(error) => Probe::Unknown(error),
        }
    }

    /// Compares a repository with the content of a digest, all parts included:
    /// an index can outlive a manifest that it lists.
    pub async fn probe_content(&self, repository: &Repository, digest: &Digest) -> ContentProbe {
        let access = Access::pull(repository);
        let root = match self.get_with(&access, &digest.into()).await {
            Ok(root) => root,
            Err(error) if error.is_not_found() => return Probe::Absent,
            Err(error) => return Probe::Unknown(error),
        };
        match self.missing_parts(&access, &root).await {
            Ok(missing) if missing.is_empty() => Probe::Identical(()),
            Ok(missing) => Probe::Partial(missing),
            Err(error) => Probe::Unknown(error),
        }
    }

    async fn missing_parts(
        &self,
        access: &Access,
        root: &Manifest,
    ) -> Result<Vec<Digest>, RegistryError> {
        let ManifestView::Index(index) = root.view()? else {
            return self.missing_blobs(access, root).await;
        };
        let children = index.manifests.iter().map(|entry| async move {
            match self.get_with(access, &(&entry.digest).into()).await {
                Ok(child) => self.missing_blobs(access, &child).await,
                Err(error) if error.is_not_found() => Ok(vec![entry.digest.clone()]),
                Err(error) => Err(error),
            }
        });
        Ok(try_all(self.limits().requests, children.collect()).await?.concat())
    }

    async fn missing_blobs(
        &self,
        access: &Access,
        image: &Manifest,
    ) -> Result<Vec<Digest>, RegistryError> {
        let ManifestView::Image(view) = image.view()? else { return Ok(Vec::new()) };
        let blobs = view.blobs().filter(|blob| !blob.is_foreign());
        let queries = blobs.map(|blob| async move {
            let size = self.blob_size_with(access, &blob.digest).await?;
            Ok::<_, RegistryError>(size.is_none().then(|| blob.digest.clone()))
        });
        let missing = try_all(self.limits().requests, queries.collect()).await?;
        Ok(missing.into_iter().flatten().collect())
    }
}
