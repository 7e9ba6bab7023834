//! Blob content, in memory or in a file.

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

/// Finished content; clones share it.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// The pieces as they arrived, never joined.
    Memory { pieces: Arc<[Bytes]>, length: u64 },
    /// A file that belongs to the registry.
    Stored { path: Arc<Path>, length: u64 },
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Memory { length, .. } | Self::Stored { length, .. } => *length,
        }
    }

    /// The bytes `start .. start + length`, which must lie inside.
    pub(super) async fn body(&self, start: u64, length: u64) -> io::Result<Body> {
        match self {
            Self::Memory { pieces, .. } => {
                let wanted = slices(pieces, start, length).into_iter().map(Ok);
                Ok(Body::from_stream(stream::iter(wanted)).with_length(length))
            }
            Self::Stored { path, .. } => {
                let mut file = tokio::fs::File::open(path).await?;
                file.seek(io::SeekFrom::Start(start)).await?;
                Ok(Body::from_reader(file, length))
            }
        }
    }

    /// Everything at once, for content that is known to be small.
    pub(super) fn bytes(&self) -> io::Result<Bytes> {
        match self {
            Self::Memory { pieces, .. } => Ok(pieces.concat().into()),
            Self::Stored { path, .. } => Ok(std::fs::read(path)?.into()),
        }
    }
}

fn slices(pieces: &[Bytes], start: u64, length: u64) -> Vec<Bytes> {
    let mut wanted = Vec::new();
    let (mut skip, mut left) = (start, length);
    for piece in pieces {
        let size = piece.len() as u64;
        if skip >= size {
            skip -= size;
            continue;
        }
        let take = (size - skip).min(left);
        // Both lie inside one piece, whose length is a usize.
        wanted.push(piece.slice(skip as usize..(skip + take) as usize));
        (skip, left) = (0, left - take);
        if left == 0 {
            break;
        }
    }
    wanted
}

/// Content that is still arriving.
#[derive(Debug)]
pub(super) struct Draft {
    place: Place,
    hash: Sha256,
    length: u64,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<Bytes>),
    Stored { file: File, path: PathBuf },
}

impl Draft {
    pub(super) fn in_memory() -> Self {
        Self::at(Place::Memory(Vec::new()))
    }

    pub(super) fn in_file(path: PathBuf) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self::at(Place::Stored { file, path }))
    }

    fn at(place: Place) -> Self {
        Self { place, hash: Sha256::new(), length: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn append(&mut self, piece: Bytes) -> io::Result<()> {
        self.hash.update(&piece);
        self.length += piece.len() as u64;
        match &mut self.place {
            Place::Memory(pieces) => {
                pieces.push(piece);
                Ok(())
            }
            // Into the page cache: short enough to do on a serving thread.
            Place::Stored { file, .. } => file.write_all(&piece),
        }
    }

    /// Whether what has arrived so far has this digest.
    pub(super) fn has(&self, digest: &Digest) -> io::Result<bool> {
        if !digest.is_sha512() {
            return Ok(Digest::from_sha256(self.hash.clone()) == *digest);
        }
        let found = match &self.place {
            Place::Memory(pieces) => digest.same_algorithm(pieces.iter().map(|piece| &piece[..])),
            Place::Stored { path, .. } => {
                digest.same_algorithm(std::fs::read(path)?.chunks(READ_SIZE))
            }
        };
        Ok(found == *digest)
    }

    /// Ends the draft; a file moves to `target`.
    pub(super) fn finish(self, target: Option<PathBuf>) -> io::Result<Content> {
        self.into_content().moved_to(target)
    }

    pub(super) fn discard(self) {
        self.into_content().remove();
    }

    fn into_content(self) -> Content {
        let length = self.length;
        match self.place {
            Place::Memory(pieces) => Content::Memory { pieces: pieces.into(), length },
            Place::Stored { path, .. } => Content::Stored { path: path.into(), length },
        }
    }
}

impl Content {
    /// Deletes the file; what is left of it after a failure does no harm.
    pub(super) fn remove(&self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Bytes> {
        ["abc", "defg", "h"].map(Bytes::from).to_vec()
    }

    fn joined(start: u64, length: u64) -> String {
        String::from_utf8(slices(&pieces(), start, length).concat()).unwrap()
    }

    #[test]
    fn cuts_ranges_across_pieces() {
        assert_eq!(joined(0, 8), "abcdefgh");
        assert_eq!(joined(2, 3), "cde");
        assert_eq!(joined(3, 4), "defg");
        assert_eq!(joined(7, 1), "h");
        assert_eq!(joined(2, 0), "");
    }

    #[test]
    fn drafts_in_memory_and_in_files_agree() {
        let folder = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"abcdefgh");
        let stored = Draft::in_file(folder.path().join("draft")).unwrap();
        for mut draft in [Draft::in_memory(), stored] {
            for piece in pieces() {
                draft.append(piece).unwrap();
            }
            let target = folder.path().join("blob");
            assert!(draft.has(&digest).unwrap());
            let content = draft.finish(Some(target)).unwrap();
            assert_eq!(content.bytes().unwrap(), "abcdefgh");
        }
        assert!(!folder.path().join("draft").exists());
    }

    #[test]
    fn a_discarded_draft_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::in_file(folder.path().join("draft")).unwrap();
        assert!(!draft.has(&Digest::of(b"x")).unwrap());
        draft.discard();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn checks_sha512_too() {
        let wanted: Digest = format!("sha512:{}", "0".repeat(128)).parse().unwrap();
        let digest = wanted.same_algorithm([&b"abc"[..]].into_iter());
        let mut draft = Draft::in_memory();
        draft.append(Bytes::from("abc")).unwrap();
        assert!(draft.has(&digest).unwrap());
        assert!(!draft.has(&wanted).unwrap());
    }
}
