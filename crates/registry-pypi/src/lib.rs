#![doc = include_str!("../README.md")]

mod check;
pub mod credentials;
mod distribution;
mod download;
mod endpoints;
mod error;
pub mod links;
mod listing;
mod metadata;
mod presence;
mod project_name;
mod proof;
mod reader;
mod refusal;
mod upload;

pub use check::{FILE_LIMIT, Finding, Severity, UploadRules, upload_order};
pub use credentials::{Acceptance, CredentialSource, Credentials};
pub use distribution::{Attestation, Digests, Distribution, DistributionKind, FileName, WheelTags};
pub use download::Downloaded;
pub use endpoints::IndexEndpoints;
pub use error::{IndexError, NameUse};
pub use listing::{CoreMetadataFile, IndexFile, Listing, ListingFormat, RecordedFile, Release};
pub use metadata::{CoreMetadata, FIELDS, Field};
pub use presence::{ExpectedFile, FilePresence, Presence, Probe};
pub use project_name::normalized_name;
pub use proof::{
    Comparison, Difference, IndexRelease, Level, LevelProof, LevelState, Polling, Proof,
    ProofOutcome, ProofRequest, Target, compare,
};
pub use reader::IndexReader;
pub use upload::{
    AttestationUse, IndexWriter, PartlyUploaded, UploadEvent, UploadObserver, UploadOutcome,
    UploadSet, Uploaded,
};
