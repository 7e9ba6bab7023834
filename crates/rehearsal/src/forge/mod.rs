#![doc = include_str!("README.md")]

mod access;
mod backend;
mod error;
mod git;
mod options;
mod paging;
mod protection;
mod release;
mod releases;
mod render;
mod server;
mod service;
mod state;
mod workflow;
mod workflow_job;

pub use options::{ForgeOptions, ForgeToken, Permission};
pub use protection::BranchProtection;
pub use server::Forge;
pub use state::{AssetState, ForgeReleaseState, ForgeState};
pub use workflow::Workflow;
pub use workflow_job::WorkflowJob;
