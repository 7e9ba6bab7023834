//! The content of blobs, in memory or in files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncSeekExt;

use super::digest::Digest;
use crate::server::Body;

const READ_SIZE: usize = 1024 * 1024;

/// Complete content; clones share it.
#[derive(Debug, Clone)]
pub(super) enum BlobContent {
    /// The pieces as they arrived, never joined.
    Memory { pieces: Arc<[Bytes]>, length: u64 },
    /// A file that belongs to the registry.
    Stored { path: Arc<Path>, length: u64 },
}

/// Content that is still arriving.
#[derive(Debug)]
pub(super) struct BlobDraft {
    storage: DraftStorage,
    hash: Sha256,
    length: u64,
}

#[derive(Debug)]
enum DraftStorage {
    Memory(Vec<Bytes>),
    Stored { file: File, path: PathBuf },
}

impl BlobContent {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Memory { length, .. } | Self::Stored { length, .. } => *length,
        }
    }

    /// The bytes `start .. start + length`, which must be within the content.
    pub(super) async fn range(&self, start: u64, length: u64) -> io::Result<Body> {
        match self {
            Self::Memory { pieces, .. } => {
                let slices = slice_pieces(pieces, start, length).into_iter().map(Ok);
                Ok(Body::from_stream(stream::iter(slices)).with_length(length))
            }
            Self::Stored { path, .. } => {
                let mut file = tokio::fs::File::open(path).await?;
                file.seek(io::SeekFrom::Start(start)).await?;
                Ok(Body::from_reader(file, length))
            }
        }
    }

    /// All bytes at once, for content that is known to be small.
    pub(super) fn read_all(&self) -> io::Result<Bytes> {
        match self {
            Self::Memory { pieces, .. } => Ok(pieces.concat().into()),
            Self::Stored { path, .. } => Ok(std::fs::read(path)?.into()),
        }
    }

    /// Deletes the file; leaving it behind after a failure does no harm.
    fn delete_file(&self) {
        if let Self::Stored { path, .. } = self {
            let _ = std::fs::remove_file(path);
        }
    }

    fn moved_to(self, target: Option<PathBuf>) -> io::Result<Self> {
        match (self, target) {
            (Self::Stored { path, length }, Some(target)) => {
                std::fs::rename(path, &target)?;
                let path = target.into();
                Ok(Self::Stored { path, length })
            }
            (content, _) => Ok(content),
        }
    }
}

impl BlobDraft {
    pub(super) fn in_memory() -> Self {
        Self::with_storage(DraftStorage::Memory(Vec::new()))
    }

    pub(super) fn in_file(path: PathBuf) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self::with_storage(DraftStorage::Stored { file, path }))
    }

    fn with_storage(storage: DraftStorage) -> Self {
        Self { storage, hash: Sha256::new(), length: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn append(&mut self, piece: Bytes) -> io::Result<()> {
        self.hash.update(&piece);
        self.length += piece.len() as u64;
        match &mut self.storage {
            DraftStorage::Memory(pieces) => {
                pieces.push(piece);
                Ok(())
            }
            // Goes to the page cache: fast enough for a serving thread.
            DraftStorage::Stored { file, .. } => file.write_all(&piece),
        }
    }

    /// Whether the bytes received so far have this digest.
    pub(super) fn matches(&self, expected: &Digest) -> io::Result<bool> {
        if !expected.is_sha512() {
            return Ok(Digest::from_sha256(self.hash.clone()) == *expected);
        }
        let actual = match &self.storage {
            DraftStorage::Memory(pieces) => {
                expected.same_algorithm(pieces.iter().map(|piece| &piece[..]))
            }
            DraftStorage::Stored { path, .. } => {
                expected.same_algorithm(std::fs::read(path)?.chunks(READ_SIZE))
            }
        };
        Ok(actual == *expected)
    }

    /// Completes the draft; a file moves to `target`.
    pub(super) fn finish(self, target: Option<PathBuf>) -> io::Result<BlobContent> {
        self.into_content().moved_to(target)
    }

    pub(super) fn discard(self) {
        self.into_content().delete_file();
    }

    fn into_content(self) -> BlobContent {
        let length = self.length;
        match self.storage {
            DraftStorage::Memory(pieces) => BlobContent::Memory { pieces: pieces.into(), length },
            DraftStorage::Stored { path, .. } => BlobContent::Stored { path: path.into(), length },
        }
    }
}

fn slice_pieces(pieces: &[Bytes], start: u64, length: u64) -> Vec<Bytes> {
    let mut slices = Vec::new();
    let (mut skip, mut remaining) = (start, length);
    for piece in pieces {
        let size = piece.len() as u64;
        if skip >= size {
            skip -= size;
            continue;
        }
        let end = skip + (size - skip).min(remaining);
        // Both are within one piece, whose length is a usize.
        slices.push(piece.slice(skip as usize..end as usize));
        remaining -= end - skip;
        skip = 0;
        if remaining == 0 {
            break;
        }
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Bytes> {
        ["abc", "defg", "h"].map(Bytes::from).to_vec()
    }

    fn joined_slices(start: u64, length: u64) -> String {
        String::from_utf8(slice_pieces(&pieces(), start, length).concat()).unwrap()
    }

    #[test]
    fn cuts_ranges_across_pieces() {
        assert_eq!(joined_slices(0, 8), "abcdefgh");
        assert_eq!(joined_slices(2, 3), "cde");
        assert_eq!(joined_slices(3, 4), "defg");
        assert_eq!(joined_slices(7, 1), "h");
        assert_eq!(joined_slices(2, 0), "");
    }

    #[test]
    fn drafts_in_memory_and_in_files_agree() {
        let folder = tempfile::tempdir().unwrap();
        let digest = Digest::sha256(b"abcdefgh");
        let stored = BlobDraft::in_file(folder.path().join("draft")).unwrap();
        for mut draft in [BlobDraft::in_memory(), stored] {
            for piece in pieces() {
                draft.append(piece).unwrap();
            }
            let target = folder.path().join("blob");
            assert!(draft.matches(&digest).unwrap());
            let content = draft.finish(Some(target)).unwrap();
            assert_eq!(content.read_all().unwrap(), "abcdefgh");
        }
        assert!(!folder.path().join("draft").exists());
    }

    #[test]
    fn a_discarded_draft_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let draft = BlobDraft::in_file(folder.path().join("draft")).unwrap();
        assert!(!draft.matches(&Digest::sha256(b"x")).unwrap());
        draft.discard();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn checks_sha512_too() {
        let wrong: Digest = format!("sha512:{}", "0".repeat(128)).parse().unwrap();
        let digest = wrong.same_algorithm([&b"abc"[..]].into_iter());
        let mut draft = BlobDraft::in_memory();
        draft.append(Bytes::from("abc")).unwrap();
        assert!(draft.matches(&digest).unwrap());
        assert!(!draft.matches(&wrong).unwrap());
    }
}
