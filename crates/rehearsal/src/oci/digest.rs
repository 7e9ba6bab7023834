//! Content digests, in the notation of the OCI image specification.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

/// `sha256:…` or `sha512:…` with lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// The text is not a digest that this registry can check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid digest `{0}`: expected sha256 or sha512 with lower-case hexadecimal digits")]
pub struct InvalidDigest(String);

impl Digest {
    /// The sha256 digest of `content`.
    pub fn sha256(content: &[u8]) -> Self {
        Self::from_sha256(Sha256::new_with_prefix(content))
    }

    /// The digest of `pieces` with the same algorithm as this one.
    pub(crate) fn same_algorithm<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        if self.is_sha512() {
            let hash = pieces.fold(Sha512::new(), Sha512::chain_update);
            return Self(format!("sha512:{:x}", hash.finalize()));
        }
        Self::from_sha256(pieces.fold(Sha256::new(), Sha256::chain_update))
    }

    pub(crate) fn from_sha256(hash: Sha256) -> Self {
        Self(format!("sha256:{:x}", hash.finalize()))
    }

    pub(crate) fn is_sha512(&self) -> bool {
        self.0.starts_with("sha512:")
    }

    /// The whole text, including the algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let digits = match text.split_once(':') {
            Some(("sha256", digits)) if digits.len() == 64 => digits,
            Some(("sha512", digits)) if digits.len() == 128 => digits,
            _ => return Err(InvalidDigest(text.to_owned())),
        };
        if digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDigest(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_published_sha256_of_a_text() {
        let published = "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
        assert_eq!(Digest::sha256(b"hello world").as_str(), published);
        let pieces: [&[u8]; 2] = [b"hello ", b"world"];
        let digest: Digest = published.parse().unwrap();
        assert_eq!(digest.same_algorithm(pieces.into_iter()), digest);
    }

    #[test]
    fn refuses_short_upper_case_and_unknown_digests() {
        for text in ["", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
        let upper = format!("sha256:{}", "A".repeat(64));
        assert!(upper.parse::<Digest>().is_err());
    }
}
