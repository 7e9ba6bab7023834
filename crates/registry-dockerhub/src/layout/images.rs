use super::{IndexEntry, Layout, assemble_index};
use crate::{
    RegistryError,
    client::BlobContent,
    content::{Descriptor, DescriptorPlatform, ImageView, IndexView, ManifestView},
};

impl Layout {
    /// All images of all entries with platform and attestations; indexes are
    /// opened, and platforms that they do not state are read from the config.
    ///
    /// # Errors
    /// [`RegistryError`]; `UnknownPlatform` when the config does not say either.
    pub fn images(&self) -> Result<Vec<IndexEntry>, RegistryError> {
        let mut images = Vec::new();
        for entry in self.entries.iter().filter(|entry| !entry.is_attestation()) {
            match self.manifest(entry)?.view()? {
                ManifestView::Image(image) => {
                    images.push(self.image(entry, &image, Vec::new())?);
                }
                ManifestView::Index(index) => self.add_images(&index, &mut images)?,
            }
        }
        Ok(images)
    }

    fn add_images(
        &self,
        index: &IndexView,
        images: &mut Vec<IndexEntry>,
    ) -> Result<(), RegistryError> {
        for entry in index.images() {
            match self.manifest(entry)?.view()? {
                ManifestView::Image(image) => {
                    let attestations = index.attestations_of(entry).cloned().collect();
                    images.push(self.image(entry, &image, attestations)?);
                }
                // An entry that leads deeper: only its leaves are images.
                ManifestView::Index(deeper) => self.add_images(&deeper, images)?,
            }
        }
        Ok(())
    }

    fn image(
        &self,
        entry: &Descriptor,
        image: &ImageView,
        attestations: Vec<Descriptor>,
    ) -> Result<IndexEntry, RegistryError> {
        let stated = entry.platform.clone().filter(DescriptorPlatform::is_known);
        let platform = match stated {
            Some(platform) => platform,
            None => self.config_platform(entry, image)?,
        };
        Ok(IndexEntry { image: entry.clone(), platform, attestations })
    }

    fn config_platform(
        &self,
        entry: &Descriptor,
        image: &ImageView,
    ) -> Result<DescriptorPlatform, RegistryError> {
        let config = self.read(&image.config.digest)?;
        DescriptorPlatform::of_config(&config)
            .ok_or_else(|| RegistryError::UnknownPlatform { digest: entry.digest.clone() })
    }

    /// Puts the images of several layouts into one, under one new index.
    ///
    /// # Errors
    /// As [`Layout::images`] and [`assemble_index`].
    pub fn assemble(layouts: &[Self]) -> Result<Self, RegistryError> {
        let images = layouts.iter().map(Self::images).collect::<Result<Vec<_>, _>>()?;
        let index = assemble_index(images.concat())?;
        let mut contents: std::collections::BTreeMap<_, _> =
            layouts.iter().flat_map(|layout| layout.contents.clone()).collect();
        let head = index.head();
        let size = index.bytes().len() as u64;
        contents.insert(head.digest.clone(), BlobContent::Bytes(index.bytes().clone()));
        Ok(Self { entries: vec![Descriptor::new(head.media_type, head.digest, size)], contents })
    }
}
