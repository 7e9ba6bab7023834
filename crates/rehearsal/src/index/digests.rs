//! The three digests that PyPI computes for every file.

use blake2::Blake2b;
use blake2::digest::consts::U32;
use md5::Md5;
use sha2::{Digest, Sha256};

/// Hexadecimal digests of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileDigests {
    pub(super) md5: String,
    pub(super) sha256: String,
    pub(super) blake2_256: String,
}

/// Computes all three digests piece by piece.
#[derive(Default)]
pub(super) struct FileHasher {
    md5: Md5,
    sha256: Sha256,
    blake2_256: Blake2b<U32>,
}

impl FileHasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.blake2_256.update(bytes);
    }

    pub(super) fn finish(self) -> FileDigests {
        FileDigests {
            md5: format!("{:x}", self.md5.finalize()),
            sha256: format!("{:x}", self.sha256.finalize()),
            blake2_256: format!("{:x}", self.blake2_256.finalize()),
        }
    }
}

/// The SHA-256 of `bytes` in hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_digests_of_abc() {
        let mut hasher = FileHasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        let digests = hasher.finish();
        assert_eq!(digests.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
        assert!(digests.blake2_256.starts_with("bddd813c63423972"));
        assert_eq!(digests.sha256, sha256_hex(b"abc"));
    }
}
