#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod concurrency;
mod credentials;
mod endpoint;
mod error;
mod error_response;
pub mod hub;

pub use auth::Right;
pub use client::{
    AccessCheck, BlobOutcome, Blobs, ContentProbe, Deletion, ImageDescription, Limits,
    ManifestName, Manifests, PlatformImages, PullClient, PulledImage, Push, PushEvent,
    PushObserver, PushOptions, PushOutcome, RegistryClient, RepositoryAccess, Retag, RetagOutcome,
    RetagPlan, TagMove, TagProbe, Tags, Uploads,
};
pub use credentials::{
    Anonymous, Credential, CredentialLocations, CredentialQuery, CredentialSource,
    DockerCredentials, FixedCredentials,
};
pub use endpoint::{Endpoints, RegistryEndpoint};
pub use error::RegistryError;
