#![doc = include_str!("../README.md")]

mod argv;
mod error;
mod file;
mod image;
mod local;
mod model;
mod period;
mod schema;
mod targets;

pub use argv::Argv;
pub use error::ConfigurationError;
pub use file::{FILE_NAME, Loaded, find_root, load, parse};
pub use image::{Image, image_names};
pub use local::{ComposeProject, LocalImages};
pub use model::{
    Changelog, Checks, Configuration, Git, InstallCheck, Package, Project, VersionFile,
};
pub use period::Period;
pub use schema::json_schema;
pub use targets::{Github, Index, Registry};
