#![doc = include_str!("README.md")]

mod admission;
mod archive;
mod catalogue;
mod digests;
mod error;
mod filename;
mod form;
mod metadata;
mod name;
mod options;
mod package_index;
mod pages;
mod platform;
mod project;
mod propagation;
mod receive;
pub mod sample;
mod service;
mod state;
mod store;
mod tokens;
mod trusted_publishing;

pub use error::UploadError;
pub use options::IndexOptions;
pub use package_index::PackageIndex;
pub use project::ProjectStatus;
pub use propagation::Delay;
pub use state::{FileState, IndexState, ProjectState, ReleaseState, UploadCount};
pub use tokens::ApiToken;
pub use trusted_publishing::TrustedPublisher;
