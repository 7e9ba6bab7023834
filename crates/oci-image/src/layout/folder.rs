use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use image_ref::Digest;

use super::blob_writer::BlobWriter;
use crate::{
    Descriptor, ImageError, IndexView, MediaType,
    document::{LAYOUT_MARKER, index_bytes},
};

/// An OCI image layout that is being written: a folder with `oci-layout`,
/// `index.json` and `blobs/sha256/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutFolder {
    folder: PathBuf,
}

impl LayoutFolder {
    /// Makes the folder a layout, with whatever it has already.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn create(folder: &Path) -> Result<Self, ImageError> {
        let layout = Self { folder: folder.to_owned() };
        let blobs = layout.blobs();
        fs::create_dir_all(&blobs).map_err(ImageError::write(&blobs))?;
        let marker = folder.join("oci-layout");
        fs::write(&marker, LAYOUT_MARKER).map_err(ImageError::write(&marker))?;
        Ok(layout)
    }

    /// A layout that exists.
    ///
    /// # Errors
    /// [`ImageError::NotALayout`].
    pub fn open(folder: &Path) -> Result<Self, ImageError> {
        let layout = Self { folder: folder.to_owned() };
        match folder.join("oci-layout").is_file() {
            true => Ok(layout),
            false => Err(layout.invalid("it has no file `oci-layout`")),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The file of a blob, whether it exists or not.
    #[must_use]
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The bytes of a blob, proved by their digest. For documents: layers can
    /// be larger than the memory.
    ///
    /// # Errors
    /// [`ImageError::Read`]; [`ImageError::DigestMismatch`].
    pub fn read_blob(&self, digest: &Digest) -> Result<Vec<u8>, ImageError> {
        let path = self.blob_path(digest);
        let bytes = fs::read(&path).map_err(ImageError::read(&path))?;
        let actual = Digest::of(&bytes);
        if actual == *digest {
            return Ok(bytes);
        }
        let what = format!("blob in `{}`", self.folder.display());
        Err(ImageError::DigestMismatch { what, expected: digest.clone(), actual })
    }

    /// Writes a blob that is small enough to be in memory.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn write_blob(
        &self,
        media_type: MediaType,
        bytes: &[u8],
    ) -> Result<Descriptor, ImageError> {
        let mut blob = self.new_blob()?;
        blob.write_all(bytes).map_err(ImageError::write(self.blobs()))?;
        self.add_blob(blob, media_type)
    }

    /// What `index.json` lists.
    ///
    /// # Errors
    /// [`ImageError::Read`]; [`ImageError::NotALayout`] when it is not an index.
    pub fn read_index(&self) -> Result<Vec<Descriptor>, ImageError> {
        let path = self.folder.join("index.json");
        let bytes = fs::read(&path).map_err(ImageError::read(&path))?;
        let index = IndexView::from_index_json(&bytes)
            .map_err(|error| self.invalid(format!("`index.json` cannot be read: {error}")))?;
        Ok(index.manifests)
    }

    /// Writes `index.json`.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn write_index(&self, manifests: &[Descriptor]) -> Result<(), ImageError> {
        let path = self.folder.join("index.json");
        let bytes = index_bytes(&MediaType::oci_index(), manifests);
        fs::write(&path, bytes).map_err(ImageError::write(&path))
    }

    /// A blob whose digest is not known yet.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn new_blob(&self) -> Result<BlobWriter, ImageError> {
        let blobs = self.blobs();
        BlobWriter::new(&blobs).map_err(ImageError::write(&blobs))
    }

    /// Adds a blob that is written to its end.
    ///
    /// # Errors
    /// [`ImageError::Write`].
    pub fn add_blob(
        &self,
        blob: BlobWriter,
        media_type: MediaType,
    ) -> Result<Descriptor, ImageError> {
        let blobs = self.blobs();
        let (digest, size) = blob.persist(&blobs).map_err(ImageError::write(&blobs))?;
        Ok(Descriptor::new(media_type, digest, size))
    }

    /// The error of a layout that is incomplete or contradicts itself.
    pub fn invalid(&self, reason: impl Into<String>) -> ImageError {
        ImageError::NotALayout { path: self.folder.clone(), reason: reason.into() }
    }

    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs/sha256")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_found_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let layout = LayoutFolder::create(folder.path()).unwrap();
        let descriptor = layout.write_blob(MediaType::image_config(), b"{}").unwrap();
        assert_eq!(descriptor, Descriptor::for_bytes(MediaType::image_config(), b"{}"));
        assert_eq!(layout.read_blob(&descriptor.digest).unwrap(), b"{}");
    }

    #[test]
    fn a_changed_blob_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = LayoutFolder::create(folder.path()).unwrap();
        let digest = layout.write_blob(MediaType::image_config(), b"{}").unwrap().digest;
        fs::write(layout.blob_path(&digest), b"{ }").unwrap();
        assert!(matches!(layout.read_blob(&digest), Err(ImageError::DigestMismatch { .. })));
    }

    #[test]
    fn a_folder_without_the_mark_is_no_layout() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(LayoutFolder::open(folder.path()), Err(ImageError::NotALayout { .. })));
    }

    #[test]
    fn the_index_lists_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let layout = LayoutFolder::create(folder.path()).unwrap();
        let manifest = Descriptor::for_bytes(MediaType::oci_manifest(), b"x");
        layout.write_index(std::slice::from_ref(&manifest)).unwrap();
        let layout = LayoutFolder::open(folder.path()).unwrap();
        assert_eq!(layout.read_index().unwrap(), [manifest]);
    }
}
