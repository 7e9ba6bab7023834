use image_ref::{Digest, ImageTag, Repository};

use super::RegistryClient;
use crate::{
    RegistryError,
    auth::Access,
    concurrency::try_all,
    content::{Manifest, ManifestView},
};

/// Where a tag stands compared with where it should.
#[derive(Debug)]
pub enum TagProbe {
    /// There is no such tag.
    Absent,
    /// It points to the digest expected.
    Identical(Digest),
    /// It points to something else.
    Diverged {
        /// What it points to.
        actual: Digest,
    },
    /// The registry could not tell.
    Unknown(RegistryError),
}

/// How much of an image is in a repository.
#[derive(Debug)]
pub enum ContentProbe {
    /// There is no such manifest.
    Absent,
    /// The manifest is there with everything that it needs.
    Identical,
    /// The manifest is there, and parts that it needs are not.
    Partial {
        /// Digests of the missing manifests and blobs.
        missing: Vec<Digest>,
    },
    /// The registry could not tell.
    Unknown(RegistryError),
}

impl RegistryClient {
    /// Compares a tag with the digest that it should have.
    pub async fn probe_tag(
        &self,
        repository: &Repository,
        tag: &ImageTag,
        expected: &Digest,
    ) -> TagProbe {
        match self.head(repository, tag).await {
            Ok(None) => TagProbe::Absent,
            Ok(Some(head)) if head.digest == *expected => TagProbe::Identical(head.digest),
            Ok(Some(head)) => TagProbe::Diverged { actual: head.digest },
            Err(error) => TagProbe::Unknown(error),
        }
    }

    /// Looks whether an image or index is there with all its parts: an index
    /// can outlive a manifest that it lists.
    pub async fn probe_content(&self, repository: &Repository, digest: &Digest) -> ContentProbe {
        let access = Access::pull(repository);
        let root = match self.get_with(&access, &digest.into()).await {
            Ok(root) => root,
            Err(error) if error.is_not_found() => return ContentProbe::Absent,
            Err(error) => return ContentProbe::Unknown(error),
        };
        match self.missing_parts(&access, &root).await {
            Ok(missing) if missing.is_empty() => ContentProbe::Identical,
            Ok(missing) => ContentProbe::Partial { missing },
            Err(error) => ContentProbe::Unknown(error),
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
        let own = view.blobs().filter(|blob| !blob.is_foreign());
        let asked = own.map(|blob| async move {
            let there = self.blob_size_with(access, &blob.digest).await?.is_some();
            Ok::<_, RegistryError>((!there).then(|| blob.digest.clone()))
        });
        let found = try_all(self.limits().requests, asked.collect()).await?;
        Ok(found.into_iter().flatten().collect())
    }
}
