#![doc = include_str!("../README.md")]

mod error;
mod selection;

pub use error::ComposeRuntimeError;
pub use selection::{all_projects, choose_project, compose_flags, selected_projects, surroundings};
