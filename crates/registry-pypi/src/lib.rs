#![doc = include_str!("../README.md")]

mod attestation_program;
mod comparison;
pub mod credentials;
mod distribution;
mod endpoints;
mod error;
mod expected_file;
mod index_probe;
pub mod links;
mod listing;
mod metadata;
mod project_name;
mod proof;
mod reader;
mod refusal;
mod rules;
mod upload;

pub use attestation_program::{AttestationError, AttestationProgram, has_signing_identity};
pub use comparison::{Comparison, Difference, IndexRelease, compare_releases};
pub use credentials::{CredentialSource, Credentials};
pub use distribution::{
    Attestation, Digests, Distribution, DistributionKind, FileName, FileNameError, WheelTags,
};
pub use endpoints::IndexEndpoints;
pub use error::{IndexError, NameUse};
pub use expected_file::ExpectedFile;
pub use index_probe::{FileProbe, FileState, FileUnknown, IndexProbe, IndexProbeError, IndexState};
pub use listing::{
    CoreMetadataFile, IndexFile, ListedVersions, Listing, ListingFormat, RecordedFile, Release,
};
pub use metadata::{CoreMetadata, FIELDS, Field};
pub use project_name::normalized_name;
pub use proof::{
    Level, LevelProof, LevelState, Polling, Proof, ProofOutcome, ProofRequest, Target, prove,
};
pub use reader::{Downloaded, IndexReader};
pub use rules::{FILE_LIMIT, Finding, Severity, UploadRules, check_distribution, upload_order};
pub use upload::{
    AttestationUse, CredentialCheck, IndexWriter, PartlyUploaded, UploadEvent, UploadObserver,
    UploadOutcome, UploadSet, Uploaded,
};
