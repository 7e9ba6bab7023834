#![doc = include_str!("README.md")]
//!
//! # Sources
//!
//! The OCI distribution specification 1.1, the token specification of `distribution`, and the
//! measured behaviour of `distribution` 2.8.2; for Docker Hub its OpenAPI document, its pages on
//! usage and limits, and the sources of `hub-tool`.

mod access;
mod call;
mod content;
mod digest;
mod document;
mod endpoint;
mod hub;
mod limits;
mod media;
mod name;
mod options;
mod profile;
mod refusal;
mod registry;
mod route;
mod service;
mod state;
mod uploads;

pub use access::{Access, Account, Action};
pub use digest::{Digest, InvalidDigest};
pub use options::{ApiLimit, PullLimit, RegistryOptions};
pub use profile::Profile;
pub use registry::Registry;
pub use state::{ManifestState, RegistryState, RepositoryState};
