use std::{
    fs, io,
    path::{Path, PathBuf},
};

use image_ref::Digest;

use super::{BlobWriter, Descriptor, Index};
use crate::EngineError;

/// The content of the file that marks a layout.
const MARK: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// An OCI image layout: a folder with `oci-layout`, `index.json` and
/// `blobs/sha256/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciLayout {
    folder: PathBuf,
}

impl OciLayout {
    /// Makes the folder a layout, with whatever it has already.
    ///
    /// # Errors
    /// `File`.
    pub fn create(folder: &Path) -> Result<Self, EngineError> {
        let layout = Self { folder: folder.to_owned() };
        let blobs = layout.blobs();
        fs::create_dir_all(&blobs).map_err(written(&blobs))?;
        let mark = folder.join("oci-layout");
        fs::write(&mark, MARK).map_err(written(&mark))?;
        Ok(layout)
    }

    /// A layout that is there.
    ///
    /// # Errors
    /// `Layout` when the folder is none.
    pub fn open(folder: &Path) -> Result<Self, EngineError> {
        let layout = Self { folder: folder.to_owned() };
        let marked = folder.join("oci-layout").is_file();
        marked.then_some(()).ok_or_else(|| layout.broken("it has no file `oci-layout`"))?;
        Ok(layout)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a blob, whether it is there or not.
    #[must_use]
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The bytes of a blob, proved by their digest. For documents: layers can
    /// be larger than the memory.
    ///
    /// # Errors
    /// `File`; `Layout` when the bytes are others.
    pub fn read_blob(&self, digest: &Digest) -> Result<Vec<u8>, EngineError> {
        let path = self.blob_path(digest);
        let bytes = fs::read(&path).map_err(read(&path))?;
        if Digest::of(&bytes) != *digest {
            return Err(self.broken(format!("blob {} has other bytes", digest.short())));
        }
        Ok(bytes)
    }

    /// Writes a blob that is small enough to be in memory.
    ///
    /// # Errors
    /// `File`.
    pub fn write_blob(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, EngineError> {
        let mut blob = self.new_blob()?;
        io::Write::write_all(&mut blob, bytes).map_err(written(&self.blobs()))?;
        self.keep(blob, media_type)
    }

    /// What `index.json` lists.
    ///
    /// # Errors
    /// `File`; `Layout` when it is not an index.
    pub fn read_index(&self) -> Result<Vec<Descriptor>, EngineError> {
        let path = self.folder.join("index.json");
        let bytes = fs::read(&path).map_err(read(&path))?;
        let index: Index = serde_json::from_slice(&bytes)
            .map_err(|error| self.broken(format!("index.json cannot be read: {error}")))?;
        Ok(index.manifests)
    }

    /// Writes `index.json`.
    ///
    /// # Errors
    /// `File`.
    pub fn write_index(&self, manifests: Vec<Descriptor>) -> Result<(), EngineError> {
        let path = self.folder.join("index.json");
        let bytes = serde_json::to_vec(&Index::new(manifests)).unwrap_or_default();
        fs::write(&path, bytes).map_err(written(&path))
    }

    /// A blob whose digest is not known yet.
    pub(crate) fn new_blob(&self) -> Result<BlobWriter, EngineError> {
        let blobs = self.blobs();
        BlobWriter::new(&blobs).map_err(written(&blobs))
    }

    pub(crate) fn keep(&self, blob: BlobWriter, media: &str) -> Result<Descriptor, EngineError> {
        let blobs = self.blobs();
        let (digest, size) = blob.keep(&blobs).map_err(written(&blobs))?;
        Ok(Descriptor::new(media, digest, size))
    }

    pub(crate) fn broken(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Layout { folder: self.folder.clone(), reason: reason.into() }
    }

    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs/sha256")
    }
}

/// An error while writing; a full disk is its own outcome.
pub(crate) fn written(path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => EngineError::NoSpace {
            doing: "write an image layout".to_owned(),
            message: format!("{}: {source}", path.display()),
        },
        _ => EngineError::File { doing: "cannot write", path, source },
    }
}

fn read(path: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::File { doing: "cannot read", path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::media_type;

    #[test]
    fn a_blob_is_found_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let layout = OciLayout::create(folder.path()).unwrap();
        let descriptor = layout.write_blob(media_type::CONFIG, b"{}").unwrap();
        assert_eq!(descriptor, Descriptor::of(media_type::CONFIG, b"{}"));
        assert_eq!(layout.read_blob(&descriptor.digest).unwrap(), b"{}");
    }

    #[test]
    fn a_changed_blob_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = OciLayout::create(folder.path()).unwrap();
        let digest = layout.write_blob(media_type::CONFIG, b"{}").unwrap().digest;
        fs::write(layout.blob_path(&digest), b"{ }").unwrap();
        assert!(matches!(layout.read_blob(&digest), Err(EngineError::Layout { .. })));
    }

    #[test]
    fn a_folder_without_the_mark_is_no_layout() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(OciLayout::open(folder.path()), Err(EngineError::Layout { .. })));
    }

    #[test]
    fn the_index_lists_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let layout = OciLayout::create(folder.path()).unwrap();
        let manifest = Descriptor::of(media_type::MANIFEST, b"x");
        layout.write_index(vec![manifest.clone()]).unwrap();
        let layout = OciLayout::open(folder.path()).unwrap();
        assert_eq!(layout.read_index().unwrap(), [manifest]);
    }

    #[test]
    fn a_full_disk_is_told() {
        let error = written(Path::new("/x"))(io::ErrorKind::StorageFull.into());
        assert!(matches!(error, EngineError::NoSpace { .. }));
    }
}
