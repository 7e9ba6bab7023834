use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    path::Path,
};

use bytes::Bytes;
use image_ref::Digest;
use serde_json::json;

use super::{Layout, open::LAYOUT_VERSION};
use crate::{
    MediaType, RegistryError,
    client::BlobContent,
    content::{Descriptor, Manifest},
};

impl Layout {
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
        let size = manifest.bytes().len() as u64;
        let (media_type, digest) = (manifest.media_type().clone(), manifest.digest().clone());
        self.entries.push(Descriptor::new(media_type, digest, size));
    }

    /// Writes it as a folder: `oci-layout`, `index.json`, `blobs/sha256/…`.
    /// Blobs that are there already stay.
    ///
    /// # Errors
    /// [`RegistryError::Io`].
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), RegistryError> {
        let folder = folder.as_ref();
        self.write_files(folder).map_err(|error| RegistryError::io(folder, error))
    }

    fn write_files(&self, folder: &Path) -> io::Result<()> {
        let blobs = folder.join("blobs").join("sha256");
        fs::create_dir_all(&blobs)?;
        for (digest, content) in &self.contents {
            write_blob(&blobs.join(digest.hex()), content)?;
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": MediaType::oci_index(),
            "manifests": self.entries,
        });
        fs::write(folder.join("index.json"), index.to_string())?;
        // Last: without this file the folder is no layout.
        let marker = json!({ "imageLayoutVersion": LAYOUT_VERSION });
        fs::write(folder.join("oci-layout"), marker.to_string())
    }
}

/// Under another name first: a file with a digest's name is always whole.
fn write_blob(path: &Path, content: &BlobContent) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let partial = path.with_extension("part");
    match content {
        BlobContent::Bytes(bytes) => fs::write(&partial, bytes)?,
        BlobContent::File(part) => {
            let mut source = File::open(&part.path)?;
            source.seek(io::SeekFrom::Start(part.offset))?;
            io::copy(&mut source.take(part.length), &mut File::create(&partial)?)?;
        }
    }
    fs::rename(&partial, path)
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
