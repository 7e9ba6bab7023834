//! OCI image layouts: what is in a folder or tar, without changing a byte of it.

mod assemble;
mod closure;
mod images;
mod open;
mod read;
mod write;

use std::collections::BTreeMap;

use image_ref::Digest;

use crate::{client::BlobContent, content::Descriptor};

pub use assemble::{IndexEntry, assemble_index};
pub use closure::Closure;

/// An OCI image layout (OCI image specification 1.1, "Image layout"): its
/// index's entries, and where each blob is. Opened from a folder or tar, or
/// put together from several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    entries: Vec<Descriptor>,
    contents: BTreeMap<Digest, BlobContent>,
}

impl Layout {
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
}
