use std::sync::Arc;

use image_ref::Digest;

use super::upload::BlobOutcome;

/// Something that happened while an image is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// How much the image has in all.
    Planned {
        /// Number of configs and layers.
        blobs: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// So much of a blob has been sent.
    Sent {
        /// The blob.
        digest: Digest,
        /// Bytes sent of it so far.
        sent: u64,
        /// Bytes that it has.
        size: u64,
    },
    /// A blob is in the repository.
    BlobDone {
        /// The blob.
        digest: Digest,
        /// Bytes that it has.
        size: u64,
        /// How it came to be in it.
        outcome: BlobOutcome,
    },
    /// A manifest is in the repository.
    ManifestDone {
        /// The manifest.
        digest: Digest,
    },
}

/// Gets the events of a push. Called from within it: must not block.
pub type PushObserver = Arc<dyn Fn(PushEvent) + Send + Sync>;
