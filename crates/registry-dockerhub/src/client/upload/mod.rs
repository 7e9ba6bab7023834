//! Blobs on their way to a registry: skipped if it has them, mounted if possible,
//! else sent at once or in chunks that are resumed where they broke.

mod blob_upload;
mod session;
mod uploads;

pub use blob_upload::BlobOutcome;
pub(super) use blob_upload::{BlobUpload, SentObserver};
pub use uploads::Uploads;
