use std::collections::BTreeMap;

use image_ref::Digest;

use super::image_layout::Layout;
use crate::{
    BlobContent, Descriptor, DescriptorPlatform, ImageError, ImageView, IndexEntry, IndexView,
    ManifestView, assemble_index,
};

impl Layout {
    /// All images of all entries with platform and attestations; indexes are
    /// opened, and platforms that they do not state are read from the config.
    ///
    /// # Errors
    /// [`ImageError`]; `UnknownPlatform` when the config does not say either.
    pub fn images(&self) -> Result<Vec<IndexEntry>, ImageError> {
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
    ) -> Result<(), ImageError> {
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
    ) -> Result<IndexEntry, ImageError> {
        let stated = entry.platform.clone().filter(DescriptorPlatform::is_stated);
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
    ) -> Result<DescriptorPlatform, ImageError> {
        let config = self.read(&image.config.digest)?;
        DescriptorPlatform::from_config(&config)
            .ok_or_else(|| ImageError::UnknownPlatform { digest: entry.digest.clone() })
    }

    /// Puts the images of several layouts into one, under one new index.
    ///
    /// # Errors
    /// As [`Layout::images`] and [`assemble_index`].
    pub fn assemble(layouts: &[Self]) -> Result<Self, ImageError> {
        let images = layouts.iter().map(Self::images).collect::<Result<Vec<_>, _>>()?;
        let index = assemble_index(images.concat())?;
        let contents: BTreeMap<Digest, BlobContent> =
            layouts.iter().flat_map(|layout| layout.contents.clone()).collect();
        let mut whole = Self { entries: Vec::new(), contents };
        whole.add_entry(&index);
        Ok(whole)
    }
}
