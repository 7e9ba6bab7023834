#![doc = include_str!("README.md")]

mod archive;
mod catalogue;
pub(crate) mod digests;
mod filename;
mod form;
mod metadata;
mod name;
mod options;
mod package_index;
mod pages;
mod platform;
mod propagation;
mod receive;
mod refusal;
pub mod sample;
mod service;
mod store;
mod tokens;
mod trusted_publishing;

pub use catalogue::{
    FileState, IndexState, ProjectState, ProjectStatus, ReleaseState, UploadCount,
};
pub use options::IndexOptions;
pub use package_index::PackageIndex;
pub use propagation::Delay;
pub use refusal::Refusal;
pub use tokens::ApiToken;
pub use trusted_publishing::TrustedPublisher;
