use oci_image::{
    Descriptor, DescriptorPlatform, ImageConfig, ImageError, ImageView, IndexEntry, IndexView,
    Manifest, ManifestView, assemble_index,
};

use image_ref::{Digest, Platform};
use probe::Probe;

use super::{
    blobs::{Blobs, CONFIG_LIMIT},
    connection::Connection,
    content_probe::{ContentProbe, probe_content},
    manifest_name::ManifestName,
    manifests::Manifests,
    pull::choose,
};
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// An image of one platform as a registry describes it, without its layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDescription {
    /// Its compressed layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// Its config.
    pub config: ImageConfig,
}

/// The images of a repository, each for its platform; see
/// [`RegistryClient::images`](crate::RegistryClient::images).
#[derive(Clone)]
pub struct PlatformImages<'a> {
    connection: &'a Connection,
    access: Access,
}

impl<'a> PlatformImages<'a> {
    pub(super) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// The images that a tag or digest stands for, with platform and
    /// attestations: one for an image, several for an index.
    ///
    /// # Errors
    /// [`RegistryError`]; [`ImageError::UnknownPlatform`] when neither index nor
    /// config states it.
    pub async fn list(
        &self,
        name: impl Into<ManifestName>,
    ) -> Result<Vec<IndexEntry>, RegistryError> {
        let root = self.manifests().get(name).await?;
        match root.view()? {
            ManifestView::Index(index) => self.images_of_index(&index).await,
            ManifestView::Image(view) => {
                let image = root.descriptor();
                let platform = self.config_platform(&image, &view).await?;
                Ok(vec![IndexEntry { image, platform, attestations: Vec::new() }])
            }
        }
    }

    /// The image that a digest stands for on a platform. Counts as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`]; `PlatformMissing`, `NotFound`.
    pub async fn describe(
        &self,
        digest: &Digest,
        platform: &Platform,
    ) -> Result<ImageDescription, RegistryError> {
        let root = self.manifests().get(digest).await?;
        let image = match root.view()? {
            ManifestView::Image(image) => *image,
            ManifestView::Index(index) => {
                let entry = choose(&index, platform, &self.access.repository, digest)?;
                self.image_in_index(entry).await?
            }
        };
        let config = self.blobs().read(&image.config, CONFIG_LIMIT).await?;
        let config = ImageConfig::parse(&config).ok_or_else(|| RegistryError::Malformed {
            what: self.manifests().label(&(&image.config.digest).into()),
            reason: "it is no config of an image".to_owned(),
        })?;
        Ok(ImageDescription { layers: image.layers, config })
    }

    /// Makes one index of images that are in the repository already, each
    /// pushed for its platform. Reads only: put the index by its digest, then
    /// move tags to it.
    ///
    /// # Errors
    /// As [`PlatformImages::list`] and [`assemble_index`].
    pub async fn assemble(&self, names: &[ManifestName]) -> Result<Manifest, RegistryError> {
        // The token of the writes to come serves the reads, too.
        let images = &Self::new(self.connection, self.access.writing());
        let found = names.iter().map(|name| images.list(name));
        let found = try_all(self.connection.limits().requests, found.collect()).await?;
        Ok(assemble_index(found.concat())?)
    }

    /// Compares the repository with the content of a digest, all parts included:
    /// an index can outlive a manifest that it lists.
    pub async fn probe(&self, digest: &Digest) -> ContentProbe {
        let (manifests, blobs) = (self.manifests(), self.blobs());
        let probed = probe_content(&manifests, &blobs, digest, self.connection.limits().requests);
        probed.await.unwrap_or_else(Probe::Unknown)
    }

    fn manifests(&self) -> Manifests<'a> {
        Manifests::new(self.connection, self.access.clone())
    }

    fn blobs(&self) -> Blobs<'a> {
        Blobs::new(self.connection, self.access.clone())
    }

    async fn images_of_index(&self, index: &IndexView) -> Result<Vec<IndexEntry>, RegistryError> {
        let entries = index.images().map(|entry| async move {
            let platform = match &entry.platform {
                Some(platform) => platform.clone(),
                None => self.child_platform(entry).await?,
            };
            let attestations = index.attestations_of(entry).cloned().collect();
            Ok(IndexEntry { image: entry.clone(), platform, attestations })
        });
        try_all(self.connection.limits().requests, entries.collect()).await
    }

    async fn child_platform(
        &self,
        entry: &Descriptor,
    ) -> Result<DescriptorPlatform, RegistryError> {
        let image = self.image_in_index(entry).await?;
        self.config_platform(entry, &image).await
    }

    async fn image_in_index(&self, entry: &Descriptor) -> Result<ImageView, RegistryError> {
        let child = self.manifests().get(&entry.digest).await?;
        child.view()?.into_image().ok_or_else(|| RegistryError::Malformed {
            what: self.manifests().label(&(&entry.digest).into()),
            reason: "an index inside an index".to_owned(),
        })
    }

    async fn config_platform(
        &self,
        entry: &Descriptor,
        image: &ImageView,
    ) -> Result<DescriptorPlatform, RegistryError> {
        let config = self.blobs().read(&image.config, CONFIG_LIMIT).await?;
        DescriptorPlatform::from_config(&config)
            .ok_or_else(|| ImageError::UnknownPlatform { digest: entry.digest.clone() }.into())
    }
}
