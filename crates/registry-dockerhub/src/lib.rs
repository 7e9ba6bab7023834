#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod concurrency;
mod content;
mod credentials;
mod endpoint;
mod error;
pub mod hub;
mod layout;

pub use auth::Right;
pub use client::{
    AccessCheck, BlobContent, BlobOutcome, ContentProbe, Deletion, Limits, ManifestName,
    PulledImage, PushEvent, PushObserver, PushOptions, PushOutcome, RegistryClient, RetagOutcome,
    RetagPlan, TagMove, TagProbe,
};
pub use content::{
    Descriptor, DescriptorPlatform, ImageView, IndexView, Manifest, ManifestHead, ManifestView,
    MediaType,
};
pub use credentials::{
    Anonymous, Credential, CredentialLocations, CredentialQuery, CredentialSource,
    DockerCredentials, FixedCredentials,
};
pub use endpoint::{Endpoints, RegistryEndpoint};
pub use error::RegistryError;
pub use layout::{Closure, IndexEntry, Layout, assemble_index};
