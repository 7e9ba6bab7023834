#![doc = include_str!("../README.md")]

#[cfg(test)]
mod contract;
mod dotenv;
pub mod down;
mod environment;
mod error;
mod hint;
mod interpolation;
pub mod labels;
mod locate;
mod mentions;
mod model;
mod program;
mod surroundings;
mod yaml;

pub use error::ComposeError;
pub use locate::{ComposeProject, locate, said_name};
pub use mentions::{Mention, Mentioned, Mentions, mentions};
pub use model::{Condition, Dependency, Model, Resource, Service};
pub use program::Program;
pub use surroundings::{ComposeFlags, Surroundings};
