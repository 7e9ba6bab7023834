//! Blobs by digest, shared by all repositories.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::super::content::{Content, Draft};
use super::super::digest::Digest;

/// Where blobs are kept, and those that are there.
#[derive(Debug)]
pub(in super::super) struct Blobs {
    folder: Option<PathBuf>,
    contents: BTreeMap<Digest, Content>,
    drafts: u64,
}

impl Blobs {
    /// In `folder`, or in memory without one.
    pub(in super::super) fn new(folder: Option<&Path>) -> io::Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder.join("drafts"))?;
            std::fs::create_dir_all(folder.join("blobs"))?;
        }
        Ok(Self { folder: folder.map(Path::to_owned), contents: BTreeMap::new(), drafts: 0 })
    }

    pub(in super::super) fn draft(&mut self) -> io::Result<Draft> {
        self.drafts += 1;
        match &self.folder {
            None => Ok(Draft::in_memory()),
            Some(folder) => Draft::in_file(folder.join("drafts").join(self.drafts.to_string())),
        }
    }

    /// Where the content of a blob should end up.
    pub(in super::super) fn target(&self, digest: &Digest) -> Option<PathBuf> {
        let name = digest.as_str().replace(':', "-");
        self.folder.as_ref().map(|folder| folder.join("blobs").join(name))
    }

    pub(in super::super) fn insert(&mut self, digest: Digest, content: Content) {
        self.contents.insert(digest, content);
    }

    pub(in super::super) fn get(&self, digest: &Digest) -> Option<&Content> {
        self.contents.get(digest)
    }

    pub(in super::super) fn length(&self, digest: &Digest) -> u64 {
        self.get(digest).map_or(0, Content::length)
    }
}
