#![doc = include_str!("README.md")]

mod access;
mod assets;
mod embedded;
mod git;
mod options;
mod paging;
mod refusal;
mod releases;
mod render;
mod service;
mod state;
mod workflow;

pub use embedded::Forge;
pub use options::{ForgeOptions, ForgeToken, Right};
pub use state::{AssetState, ForgeState, ReleaseState};
pub use workflow::Workflow;
