use bytes::Bytes;
use image_ref::Digest;

use super::{
    Layout,
    open::{DOCUMENT_LIMIT, read_part},
};
use crate::{
    RegistryError,
    client::BlobContent,
    content::{Descriptor, Manifest, ManifestView},
};

impl Layout {
    /// The bytes of a small blob (manifest, config), verified.
    ///
    /// # Errors
    /// [`RegistryError`]; `ContentMissing`, `DigestMismatch`.
    pub fn read(&self, digest: &Digest) -> Result<Bytes, RegistryError> {
        let missing = || RegistryError::ContentMissing { digest: digest.clone() };
        let bytes = match self.content(digest).ok_or_else(missing)? {
            BlobContent::Bytes(bytes) => bytes.clone(),
            BlobContent::File(part) => {
                read_part(part).map_err(|error| RegistryError::io(&part.path, error))?
            }
        };
        let actual = Digest::of(&bytes);
        if actual == *digest {
            return Ok(bytes);
        }
        let what = "image layout".to_owned();
        Err(RegistryError::DigestMismatch { what, expected: digest.clone(), actual })
    }

    /// The manifest or index that a descriptor names.
    ///
    /// # Errors
    /// As [`Layout::read`].
    pub fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, RegistryError> {
        Ok(Manifest::new(self.read(&descriptor.digest)?, descriptor.media_type.clone()))
    }

    /// The manifest or index of this digest, wherever in the layout it is listed.
    ///
    /// # Errors
    /// As [`Layout::read`]; `ContentMissing` when nothing lists it.
    pub fn find(&self, digest: &Digest) -> Result<Manifest, RegistryError> {
        let mut open: Vec<Descriptor> = self.entries.clone();
        while let Some(entry) = open.pop() {
            if entry.digest == *digest {
                return self.manifest(&entry);
            }
            let readable = entry.size <= DOCUMENT_LIMIT && self.content(&entry.digest).is_some();
            if entry.media_type.is_index()
                && readable
                && let ManifestView::Index(index) = self.manifest(&entry)?.view()?
            {
                open.extend(index.manifests);
            }
        }
        Err(RegistryError::ContentMissing { digest: digest.clone() })
    }
}
