#![doc = include_str!("README.md")]
//!
//! # Sources
//!
//! The OCI distribution specification 1.1, the token specification of `distribution`, and the
//! measured behaviour of `distribution` 2.8.2; for Docker Hub its OpenAPI document, its pages on
//! usage and limits, and the sources of `hub-tool`.

mod access;
mod backend;
mod blob_content;
mod blobs;
mod digest;
mod endpoint;
mod error;
mod hub;
mod limits;
mod manifest;
mod options;
mod profile;
mod reference;
mod registry;
mod request;
mod route;
mod service;
mod state;
mod store;

pub use access::{Access, Account, Action};
pub use digest::{Digest, InvalidDigest};
pub use options::{ApiLimit, PullLimit, RegistryOptions};
pub use profile::Profile;
pub use registry::Registry;
pub use state::{ManifestState, RegistryState, RepositoryState};
