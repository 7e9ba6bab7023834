#![doc = include_str!("../README.md")]

mod clients;
mod error;
mod project;
pub mod publish;
pub mod verify;

pub use error::ReleaseError;
pub use project::{Project, ProjectPackage};
