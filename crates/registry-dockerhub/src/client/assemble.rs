use image_ref::Repository;

use super::{ManifestName, RegistryClient, manifests::label, pull::CONFIG_LIMIT};
use crate::{
    IndexEntry, RegistryError, assemble_index,
    auth::Access,
    concurrency::try_all,
    content::{Descriptor, DescriptorPlatform, ImageView, IndexView, Manifest, ManifestView},
};

impl RegistryClient {
    /// The images that a tag or digest stands for, with platform and
    /// attestations: one for an image, several for an index.
    ///
    /// # Errors
    /// [`RegistryError`]; `UnknownPlatform` when neither index nor config states it.
    pub async fn images(
        &self,
        repository: &Repository,
        name: impl Into<ManifestName>,
    ) -> Result<Vec<IndexEntry>, RegistryError> {
        self.images_with(&Access::pull(repository), &name.into()).await
    }

    /// Makes one index of images that are in the repository already, each
    /// pushed for its platform. Reads only: put the index by its digest, then
    /// move tags to it.
    ///
    /// # Errors
    /// As [`RegistryClient::images`] and [`assemble_index`].
    pub async fn assemble(
        &self,
        repository: &Repository,
        names: &[ManifestName],
    ) -> Result<Manifest, RegistryError> {
        let access = &Access::push(repository);
        let found = names.iter().map(|name| self.images_with(access, name));
        let images = try_all(self.limits().requests, found.collect()).await?;
        assemble_index(images.concat())
    }

    async fn images_with(
        &self,
        access: &Access,
        name: &ManifestName,
    ) -> Result<Vec<IndexEntry>, RegistryError> {
        let root = self.get_with(access, name).await?;
        match root.view()? {
            ManifestView::Index(index) => self.images_of_index(access, &index).await,
            ManifestView::Image(image) => {
                let size = root.bytes().len() as u64;
                let (media_type, digest) = (root.media_type().clone(), root.digest().clone());
                let descriptor = Descriptor::new(media_type, digest, size);
                let platform = self.config_platform(access, &descriptor, &image).await?;
                Ok(vec![IndexEntry { image: descriptor, platform, attestations: Vec::new() }])
            }
        }
    }

    async fn images_of_index(
        &self,
        access: &Access,
        index: &IndexView,
    ) -> Result<Vec<IndexEntry>, RegistryError> {
        let entries = index.images().map(|entry| async move {
            let platform = match &entry.platform {
                Some(platform) => platform.clone(),
                None => self.child_platform(access, entry).await?,
            };
            let attestations = index.attestations_of(entry).cloned().collect();
            Ok(IndexEntry { image: entry.clone(), platform, attestations })
        });
        try_all(self.limits().requests, entries.collect()).await
    }

    async fn child_platform(
        &self,
        access: &Access,
        entry: &Descriptor,
    ) -> Result<DescriptorPlatform, RegistryError> {
        let child = self.get_with(access, &(&entry.digest).into()).await?;
        match child.view()? {
            ManifestView::Image(image) => self.config_platform(access, entry, &image).await,
            ManifestView::Index(_) => Err(RegistryError::Malformed {
                what: label(&access.repository, &(&entry.digest).into()),
                reason: "an index inside an index".to_owned(),
            }),
        }
    }

    async fn config_platform(
        &self,
        access: &Access,
        entry: &Descriptor,
        image: &ImageView,
    ) -> Result<DescriptorPlatform, RegistryError> {
        let config = self.read_blob_with(access, &image.config, CONFIG_LIMIT).await?;
        DescriptorPlatform::of_config(&config)
            .ok_or_else(|| RegistryError::UnknownPlatform { digest: entry.digest.clone() })
    }
}
