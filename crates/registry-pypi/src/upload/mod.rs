//! The writing half of an index.

mod credential_check;
mod form;
mod outcome;
mod retry;
mod set;
mod writer;

pub use credential_check::CredentialCheck;
pub use outcome::{
    AttestationUse, PartlyUploaded, UploadEvent, UploadObserver, UploadOutcome, Uploaded,
};
pub use set::UploadSet;
pub use writer::IndexWriter;
