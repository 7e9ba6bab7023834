#![doc = include_str!("../README.md")]

#[cfg(test)]
mod contract;
mod declared_image;
mod dotenv;
pub mod down;
mod error;
mod interpolation;
pub mod labels;
mod locate;
mod mentions;
mod model;
mod program;
mod surroundings;
mod variables;
mod yaml;

pub use declared_image::declared_image;
pub use dotenv::find_in_env_file;
pub use error::ComposeError;
pub use locate::{ComposeProject, explicit_project_name, locate};
pub use mentions::{Mention, Mentioned, Mentions, mentions};
pub use model::{
    Condition, Dependency, Deploy, Model, Port, Resource, Service, ServiceVolume, UpdateConfig,
    configuration_digests, services_with_written_files,
};
pub use program::Program;
pub use surroundings::{ComposeFlags, Surroundings, clean_path};
