use std::{io, path::PathBuf};

/// Why a backup cannot be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a public key.
    #[error("`{0}` is no recipient; use a public key of age, which begins with `age1`")]
    Recipient(String),
    /// The file with secret keys cannot be read.
    #[error("cannot read the identities in {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A line of it is no secret key.
    #[error("line {line} of the identities is no secret key of age (`AGE-SECRET-KEY-1…`)")]
    Identity {
        /// From 1.
        line: usize,
    },
    /// There is none in it.
    #[error("the identities have no secret key of age (`AGE-SECRET-KEY-1…`)")]
    NoIdentity,
    /// The backup is encrypted, and no identity was given.
    #[error("it is encrypted for {}; give the file with the secret key of one of them", .0.join(", "))]
    Missing(Vec<String>),
    /// None of the identities reads it.
    #[error("none of the identities belongs to {}, for which it is encrypted", .0.join(", "))]
    Wrong(Vec<String>),
    /// The header of the file is not what age writes.
    #[error("its header is not that of a file that age encrypted ({0})")]
    Header(String),
}
