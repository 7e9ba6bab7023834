//! The client: one for all registries that a program works with, with a type for
//! each resource of a repository.

mod access;
mod blob_body;
mod blobs;
mod connection;
mod content_probe;
mod download;
mod images;
mod independent_error;
mod independent_reader;
mod limits;
mod link;
mod manifest_name;
mod manifests;
mod missing_rights;
mod pull;
mod pull_source;
mod push;
mod push_event;
mod registry_client;
mod retag;
mod server_response;
mod tags;
mod upload;

pub use access::{AccessCheck, RepositoryAccess};
pub use blobs::Blobs;
pub use content_probe::ContentProbe;
pub use images::{ImageDescription, PlatformImages};
pub use limits::Limits;
pub use manifest_name::ManifestName;
pub use manifests::{Deletion, Manifests};
pub use pull::PulledImage;
pub use pull_source::PullClient;
pub use push::{Push, PushOptions, PushOutcome};
pub use push_event::{PushEvent, PushObserver};
pub use registry_client::RegistryClient;
pub use retag::{Retag, RetagOutcome, RetagPlan, TagMove};
pub use tags::{TagProbe, Tags};
pub use upload::{BlobOutcome, Uploads};
