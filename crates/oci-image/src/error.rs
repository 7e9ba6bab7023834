use std::{io, path::PathBuf};

use image_ref::{Digest, Platform};

/// Why an image or a layout cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Content that cannot be read as what it should be.
    #[error("{what} cannot be read: {reason}")]
    Malformed {
        /// Which content.
        what: String,
        /// The reason.
        reason: String,
    },
    /// Content does not have the digest that it is listed with.
    #[error("{what}: expected {expected}, got {actual}")]
    DigestMismatch {
        /// Which content.
        what: String,
        /// The digest that it is listed with.
        expected: Digest,
        /// The digest of its bytes.
        actual: Digest,
    },
    /// Two images for one platform were to go into one index.
    #[error("two images for {platform}: {first} and {second}")]
    DuplicatePlatform {
        /// The platform.
        platform: Platform,
        /// One image.
        first: Digest,
        /// The other one.
        second: Digest,
    },
    /// Neither index nor config states the platform of an image.
    #[error("image {digest} does not state its platform")]
    UnknownPlatform {
        /// The image.
        digest: Digest,
    },
    /// A folder or file is no OCI image layout.
    #[error("`{}` is no OCI image layout: {reason}", .path.display())]
    NotALayout {
        /// Folder or tar file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// An image layout does not have content that its image needs.
    #[error("the image layout has no content {digest}")]
    ContentMissing {
        /// The content.
        digest: Digest,
    },
    /// A file or folder cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// File or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}

impl ImageError {
    /// A failure to read a file or folder.
    pub fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    /// A failure to write a file or folder.
    pub fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}
