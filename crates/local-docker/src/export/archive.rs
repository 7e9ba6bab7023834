//! Reads an engine's archive once, from beginning to end: layers go to the
//! layout as they come, documents stay in memory.

use std::{
    collections::HashMap,
    io::{self, Read, Write as _},
    thread,
};

use image_ref::Digest;
use oci_image::{Descriptor, ImageError, LayoutFolder, MediaType, gzip_layer};
use tar::{Archive, Entry, EntryType};

use super::entry::{Content, HEAD, content_of, resolve_link};
use crate::EngineError;

/// What an archive held, by path within it.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) documents: HashMap<String, Vec<u8>>,
    layers: HashMap<String, StoredLayer>,
    links: HashMap<String, String>,
}

/// A layer that is in the layout now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredLayer {
    pub(super) descriptor: Descriptor,
    /// Digest of the plain tar, for a layer that was compressed here.
    pub(super) diff_id: Option<Digest>,
}

impl Contents {
    /// The layer at this path, or where a link at this path leads.
    pub(super) fn layer(&self, path: &str) -> Option<&StoredLayer> {
        let direct = self.layers.get(path);
        direct.or_else(|| self.layers.get(self.links.get(path)?))
    }

    pub(super) fn blob_document(&self, digest: &Digest) -> Option<&[u8]> {
        self.documents.get(&blob_path(digest)).map(Vec::as_slice)
    }

    pub(super) fn blob_layer(&self, digest: &Digest) -> Option<&StoredLayer> {
        self.layer(&blob_path(digest))
    }
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

pub(super) fn read(archive: impl Read, layout: &LayoutFolder) -> Result<Contents, EngineError> {
    let mut contents = Contents::default();
    let mut archive = Archive::new(archive);
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                contents.take(path, entry, layout)?;
            }
            EntryType::Symlink | EntryType::Link => contents.link(path, &entry)?,
            _ => {}
        }
    }
    Ok(contents)
}

impl Contents {
    fn take(
        &mut self,
        path: String,
        mut entry: Entry<'_, impl Read>,
        layout: &LayoutFolder,
    ) -> Result<(), EngineError> {
        let mut head = Vec::with_capacity(HEAD);
        entry.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(broken)?;
        let content = content_of(&path, &head, entry.size());
        let bytes = head.chain(&mut entry);
        match content {
            Content::Ignored => {}
            Content::Document => {
                self.documents.insert(path, read_document(bytes)?);
            }
            Content::PlainLayer => {
                self.layers.insert(path, store_compressed(bytes, layout)?);
            }
            Content::PackedLayer(media_type) => {
                self.layers.insert(path, store_as_it_is(bytes, media_type, layout)?);
            }
        }
        Ok(())
    }

    fn link(&mut self, path: String, entry: &Entry<'_, impl Read>) -> Result<(), EngineError> {
        let target = entry.link_name().map_err(broken)?.unwrap_or_default();
        // A hard link's target is a path within the archive, not a relative one.
        let base = if entry.header().entry_type().is_hard_link() { "" } else { path.as_str() };
        if let Some(target) = resolve_link(base, &target) {
            self.links.insert(path, target);
        }
        Ok(())
    }
}

/// Lets the bytes that were looked at come again.
trait Again {
    fn chain<R: Read>(self, rest: R) -> impl Read;
}

impl Again for Vec<u8> {
    fn chain<R: Read>(self, rest: R) -> impl Read {
        io::Cursor::new(self).chain(rest)
    }
}

fn read_document(mut bytes: impl Read) -> Result<Vec<u8>, EngineError> {
    let mut document = Vec::new();
    bytes.read_to_end(&mut document).map_err(broken)?;
    Ok(document)
}

fn store_compressed(plain: impl Read, layout: &LayoutFolder) -> Result<StoredLayer, EngineError> {
    let mut blob = layout.new_blob()?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failed = ImageError::write(layout.path());
    let diff_id = gzip_layer(plain, &mut blob, threads).map_err(failed)?;
    let descriptor = layout.add_blob(blob, MediaType::layer_gzip())?;
    Ok(StoredLayer { descriptor, diff_id: Some(diff_id) })
}

fn store_as_it_is(
    mut packed: impl Read,
    media_type: MediaType,
    layout: &LayoutFolder,
) -> Result<StoredLayer, EngineError> {
    let mut blob = layout.new_blob()?;
    io::copy(&mut packed, &mut blob).map_err(ImageError::write(layout.path()))?;
    blob.flush().map_err(ImageError::write(layout.path()))?;
    Ok(StoredLayer { descriptor: layout.add_blob(blob, media_type)?, diff_id: None })
}

fn broken(error: io::Error) -> EngineError {
    EngineError::Archive { reason: error.to_string() }
}
