//! An embedded OCI distribution registry.
//!
//! It serves pulls, pushes, mounts, deletion, tag lists and referrers over plain HTTP on
//! loopback, with or without accounts, and behaves like one of several real registries
//! (see [`Profile`]). Real clients (docker, skopeo, oras) work with it in both directions.
//!
//! Sources: the OCI distribution specification 1.1, the token specification of
//! `distribution`, and the measured behaviour of `distribution` 2.8.2.

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
