#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod concurrency;
mod credentials;
mod endpoint;
mod error;
pub mod hub;

pub use auth::Right;
pub use client::{
    AccessCheck, BlobOutcome, ContentProbe, Deletion, Limits, ManifestName, PulledImage, PushEvent,
    PushObserver, PushOptions, PushOutcome, RegistryClient, RetagOutcome, RetagPlan, TagMove,
    TagProbe,
};
pub use credentials::{
    Anonymous, Credential, CredentialLocations, CredentialQuery, CredentialSource,
    DockerCredentials, FixedCredentials,
};
pub use endpoint::{Endpoints, RegistryEndpoint};
pub use error::RegistryError;
