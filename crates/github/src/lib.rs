#![doc = include_str!("../README.md")]

mod access;
mod asset_file;
mod asset_probe;
mod assets;
mod client;
mod connection;
mod draft;
mod endpoints;
mod error;
mod refusal;
mod release;
mod releases;
mod repository_name;
mod requests;
mod token;
mod workflow_outcome;
mod workflow_run;
mod workflows;

pub use access::Access;
pub use asset_file::AssetFile;
pub use asset_probe::AssetProbe;
pub use assets::{AssetOutcome, Assets};
pub use client::GitHubClient;
pub use draft::{Draft, MakeLatest};
pub use endpoints::Endpoints;
pub use error::GitHubError;
pub use release::{Asset, AssetState, Release};
pub use releases::{ReleaseProbe, ReleaseState, Releases};
pub use repository_name::RepositoryName;
pub use token::{Token, TokenSource};
pub use workflow_outcome::{WorkflowOutcome, evaluate_workflows};
pub use workflow_run::{WorkflowRun, WorkflowState};
pub use workflows::{WaitPolicy, Workflows};
