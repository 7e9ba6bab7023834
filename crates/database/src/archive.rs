//! Archives as bytes: what was dumped, recognised again by its length and hash.

use std::{
    fmt, io,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{error::DatabaseError, facts::Facts};

/// An archive as it comes from where it is stored. An error in it is never taken for its end.
pub type ArchiveSource = BoxStream<'static, io::Result<Bytes>>;

/// An archive as a tool writes it. It is whole only when the stream ended without an error,
/// and then [`DigestHandle::get`] returns its digest.
pub type DumpStream = BoxStream<'static, Result<Bytes, DatabaseError>>;

/// Length and SHA-256 of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveDigest {
    /// Bytes, uncompressed.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl fmt::Display for ArchiveDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes with sha256 {}", self.bytes, self.sha256)
    }
}

/// The digest of a dump, once it is complete.
#[derive(Debug, Clone, Default)]
pub struct DigestHandle(Arc<OnceLock<ArchiveDigest>>);

impl DigestHandle {
    /// `None` until the stream has ended without an error.
    #[must_use]
    pub fn get(&self) -> Option<ArchiveDigest> {
        self.0.get().cloned()
    }

    pub(crate) fn set(&self, digest: ArchiveDigest) {
        // A stream ends once.
        let _ = self.0.set(digest);
    }
}

/// A dump that has begun.
pub struct Dump {
    /// What the snapshot contains that is being dumped.
    pub facts: Facts,
    /// The archive. Dropping it ends the tool.
    pub stream: DumpStream,
    /// Its digest, once the stream has ended.
    pub digest: DigestHandle,
}

impl fmt::Debug for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// What must be kept with an archive to verify it and what is restored from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What the database contained.
    pub facts: Facts,
    /// The archive's length and hash.
    pub archive: ArchiveDigest,
}

impl Manifest {
    /// # Errors
    /// [`DatabaseError::ArchiveEmpty`] when there is nothing that a tool could load.
    pub(crate) fn require_content(&self, doing: &str) -> Result<(), DatabaseError> {
        match self.archive.bytes {
            0 => Err(DatabaseError::ArchiveEmpty { doing: doing.to_owned() }),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`DatabaseError::ArchiveDamaged`] when the archive is another one.
    pub(crate) fn check(&self, doing: &str, found: &ArchiveDigest) -> Result<(), DatabaseError> {
        if self.archive == *found {
            return Ok(());
        }
        let (expected, found) = (self.archive.to_string(), found.to_string());
        Err(DatabaseError::ArchiveDamaged { doing: doing.to_owned(), expected, found })
    }
}

/// Counts and hashes bytes that pass.
#[derive(Default)]
pub(crate) struct Meter {
    bytes: u64,
    hash: Sha256,
}

impl Meter {
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        self.hash.update(part);
    }

    pub(crate) fn digest(&self) -> ArchiveDigest {
        let hash = self.hash.clone().finalize();
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        ArchiveDigest { bytes: self.bytes, sha256 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_bit_changes_the_digest() {
        let digest = |bytes: &[u8]| {
            let mut meter = Meter::default();
            bytes.chunks(2).for_each(|part| meter.add(part));
            meter.digest()
        };
        assert_eq!(digest(b"abc").bytes, 3);
        assert!(digest(b"abc").sha256.starts_with("ba7816bf"));
        assert_ne!(digest(b"abc"), digest(b"abb"));
    }
}
