use std::fmt;

/// How bytes differ from those that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The file has another size.
    Size {
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The file has another hash.
    StoredHash,
    /// What it contains has another size.
    ContentSize {
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// What it contains has another hash.
    ContentHash,
    /// It cannot be decompressed or decrypted.
    Undecodable(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { expected, found } => {
                write!(f, "its file has {found} bytes where {expected} were written")
            }
            Self::StoredHash => f.write_str("its file has another SHA-256 than was written"),
            Self::ContentSize { expected, found } => {
                write!(f, "it contains {found} bytes where {expected} were dumped")
            }
            Self::ContentHash => f.write_str("its content has another SHA-256 than was dumped"),
            Self::Undecodable(reason) => write!(f, "it cannot be decoded ({reason})"),
        }
    }
}
