use std::{collections::BTreeMap, path::Path};

use bytes::Bytes;
use image_ref::Digest;

use super::{reader::read_layout, writer::write_layout};
use crate::{
    BlobContent, Descriptor, ImageError, Manifest, ManifestView, document::DOCUMENT_LIMIT,
};

/// An OCI image layout (OCI image specification 1.1, "Image layout"): its
/// index's entries, and where each blob is. Opened from a folder or tar, or
/// put together from several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    pub(super) entries: Vec<Descriptor>,
    pub(super) contents: BTreeMap<Digest, BlobContent>,
}

impl Layout {
    /// Opens a folder, or a tar that is not compressed. Blobs stay where they
    /// are and are read when needed.
    ///
    /// # Errors
    /// [`ImageError::NotALayout`], [`ImageError::Read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        let found = read_layout(path.as_ref())?;
        Ok(Self { entries: found.entries, contents: found.blobs })
    }

    /// What `index.json` lists.
    #[must_use]
    pub fn entries(&self) -> &[Descriptor] {
        &self.entries
    }

    /// Where the bytes of this digest are.
    #[must_use]
    pub fn content(&self, digest: &Digest) -> Option<&BlobContent> {
        self.contents.get(digest)
    }

    /// All digests, sorted.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.contents.keys()
    }

    /// The bytes of a small blob (manifest, config), verified.
    ///
    /// # Errors
    /// [`ImageError`]; `ContentMissing`, `DigestMismatch`.
    pub fn read(&self, digest: &Digest) -> Result<Bytes, ImageError> {
        let content = self.content(digest);
        let bytes = match content {
            None => return Err(ImageError::ContentMissing { digest: digest.clone() }),
            Some(BlobContent::Bytes(bytes)) => bytes.clone(),
            Some(BlobContent::File(range)) => {
                range.read(DOCUMENT_LIMIT).map_err(ImageError::read(&range.path))?
            }
        };
        let actual = Digest::of(&bytes);
        if actual == *digest {
            return Ok(bytes);
        }
        let what = "image layout".to_owned();
        Err(ImageError::DigestMismatch { what, expected: digest.clone(), actual })
    }

    /// The manifest or index that a descriptor names.
    ///
    /// # Errors
    /// As [`Layout::read`].
    pub fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, ImageError> {
        Ok(Manifest::new(self.read(&descriptor.digest)?, descriptor.media_type.clone()))
    }

    /// The manifest or index of this digest, wherever in the layout it is listed.
    ///
    /// # Errors
    /// As [`Layout::read`]; `ContentMissing` when nothing lists it.
    pub fn find(&self, digest: &Digest) -> Result<Manifest, ImageError> {
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
        Err(ImageError::ContentMissing { digest: digest.clone() })
    }

    /// Adds content; its digest is computed.
    pub fn add(&mut self, content: impl Into<Bytes>) -> Digest {
        let bytes = content.into();
        let digest = Digest::of(&bytes);
        self.contents.insert(digest.clone(), BlobContent::Bytes(bytes));
        digest
    }

    /// Adds a manifest or index and lists it as an entry.
    pub fn add_entry(&mut self, manifest: &Manifest) {
        self.add(manifest.bytes().clone());
        self.entries.push(manifest.descriptor());
    }

    /// Writes it as a folder: `oci-layout`, `index.json`, `blobs/sha256/…`.
    /// Blobs that are in the folder already stay.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), ImageError> {
        let folder = folder.as_ref();
        write_layout(folder, &self.entries, &self.contents).map_err(ImageError::write(folder))
    }
}
