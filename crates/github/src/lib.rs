#![doc = include_str!("../README.md")]

mod access;
mod asset_file;
mod assets;
mod client;
mod drafts;
mod endpoints;
mod error;
mod probe;
mod publish;
mod release;
mod repository_name;
mod requests;
mod token;
mod wait;
mod workflow;

pub use access::Access;
pub use asset_file::AssetFile;
pub use assets::AssetOutcome;
pub use client::GitHubClient;
pub use drafts::Draft;
pub use endpoints::Endpoints;
pub use error::GitHubError;
pub use probe::{Probe, ReleaseState};
pub use publish::MakeLatest;
pub use release::{Asset, AssetState, Release};
pub use repository_name::RepositoryName;
pub use token::{Token, TokenSource};
pub use wait::{WaitPolicy, WorkflowOutcome, judge_workflows};
pub use workflow::{WorkflowRun, WorkflowState};
