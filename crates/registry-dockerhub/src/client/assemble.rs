use image_ref::Repository;
use oci_image::{
    Descriptor, DescriptorPlatform, ImageError, ImageView, IndexEntry, IndexView, Manifest,
    ManifestView, assemble_index,
};

use super::{ManifestName, RegistryClient, manifests::label, pull::CONFIG_LIMIT};
use crate::{RegistryError, auth::Access, concurrency::try_all};

impl RegistryClient {
    /// The images that a tag or digest stands for, with platform and
    /// attestations: one for an image, several for an index.
    ///
    /// # Errors
    /// [`RegistryError`]; [`ImageError::UnknownPlatform`] when neither index nor config states it.
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
        Ok(assemble_index(images.concat())?)
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
                let descriptor = root.descriptor();
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
        let platform = DescriptorPlatform::from_config(&config);
        let unknown = || ImageError::UnknownPlatform { digest: entry.digest.clone() };
        Ok(platform.ok_or_else(unknown)?)
    }
}
