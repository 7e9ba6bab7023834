//! Blobs by digest, and the uploads from which they come.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::blob_content::{BlobContent, BlobDraft};
use super::digest::Digest;
use crate::sync::lock;

/// All blobs of a registry, shared by its repositories.
#[derive(Debug)]
pub(super) struct BlobStore {
    folder: Option<PathBuf>,
    contents: BTreeMap<Digest, BlobContent>,
    drafts: u64,
}

impl BlobStore {
    /// Keeps blobs in `folder`, or in memory without one.
    pub(super) fn new(folder: Option<&Path>) -> io::Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder.join("drafts"))?;
            std::fs::create_dir_all(folder.join("blobs"))?;
        }
        Ok(Self { folder: folder.map(Path::to_owned), contents: BTreeMap::new(), drafts: 0 })
    }

    pub(super) fn create_draft(&mut self) -> io::Result<BlobDraft> {
        self.drafts += 1;
        match &self.folder {
            None => Ok(BlobDraft::in_memory()),
            Some(folder) => BlobDraft::in_file(folder.join("drafts").join(self.drafts.to_string())),
        }
    }

    /// The final file of a blob; `None` when blobs are in memory.
    pub(super) fn file_path(&self, digest: &Digest) -> Option<PathBuf> {
        let name = digest.as_str().replace(':', "-");
        self.folder.as_ref().map(|folder| folder.join("blobs").join(name))
    }

    pub(super) fn insert(&mut self, digest: Digest, content: BlobContent) {
        self.contents.insert(digest, content);
    }

    pub(super) fn get(&self, digest: &Digest) -> Option<&BlobContent> {
        self.contents.get(digest)
    }

    /// The length of a blob; 0 if it does not exist.
    pub(super) fn length_of(&self, digest: &Digest) -> u64 {
        self.get(digest).map_or(0, BlobContent::length)
    }
}

/// A blob that is being uploaded; the draft is taken out once it has become a blob.
#[derive(Debug)]
pub(super) struct UploadSession {
    pub(super) id: String,
    pub(super) repository: String,
    /// Locked while a body is read, so that chunks cannot mix.
    pub(super) draft: tokio::sync::Mutex<Option<BlobDraft>>,
}

/// The open upload sessions by ID.
#[derive(Debug, Default)]
pub(super) struct UploadSessions(Mutex<HashMap<String, Arc<UploadSession>>>);

impl UploadSessions {
    pub(super) fn open(&self, repository: &str, draft: BlobDraft) -> Arc<UploadSession> {
        let session = Arc::new(UploadSession {
            id: random_uuid(),
            repository: repository.to_owned(),
            draft: tokio::sync::Mutex::new(Some(draft)),
        });
        lock(&self.0).insert(session.id.clone(), session.clone());
        session
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<UploadSession>> {
        lock(&self.0).get(id).cloned()
    }

    pub(super) fn close(&self, id: &str) {
        lock(&self.0).remove(id);
    }

    pub(super) fn open_count(&self) -> usize {
        lock(&self.0).len()
    }
}

/// Random digits in the shape of a UUID, which Docker's registry uses.
fn random_uuid() -> String {
    let digits = format!("{:032x}", fastrand::u128(..));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
