//! The three digests that PyPI computes of every file.

use std::fmt::Write as _;

use blake2::Blake2b;
use blake2::digest::consts::U32;
use md5::Md5;
use sha2::{Digest, Sha256};

/// Hexadecimal digests of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) md5: String,
    pub(crate) sha256: String,
    pub(crate) blake2_256: String,
}

/// Computes all three digests while the bytes pass by.
#[derive(Default)]
pub(crate) struct Hasher {
    md5: Md5,
    sha256: Sha256,
    blake2_256: Blake2b<U32>,
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.blake2_256.update(bytes);
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            md5: hex(&self.md5.finalize()),
            sha256: hex(&self.sha256.finalize()),
            blake2_256: hex(&self.blake2_256.finalize()),
        }
    }
}

/// The SHA-256 of `bytes` in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_digests_of_abc() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        let digests = hasher.finish();
        assert_eq!(digests.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
        assert!(digests.blake2_256.starts_with("bddd813c63423972"));
        assert_eq!(digests.sha256, sha256(b"abc"));
    }
}
