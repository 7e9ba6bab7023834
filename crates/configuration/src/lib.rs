#![doc = include_str!("../README.md")]

mod argv;
mod benchmark;
mod database;
mod deploy;
mod error;
mod file;
mod image;
mod key_lines;
mod local;
mod model;
mod node;
mod period;
mod schema;
mod targets;
mod text_template;
mod unknown_key;
mod values;
mod wrong_form;

pub use argv::Argv;
pub use benchmark::{Benchmark, Better, Percentage};
pub use database::{Backups, Database, DatabaseCommands, DatabaseKind, KeepBackups, VerifyBackup};
pub use deploy::{
    DataCommands, DataOnFailure, Deploy, DeployDatabase, DeployHook, DeployHooks, DeployOrder,
    DeployProxy, DeployService, Destination, HealthCheck, Migration, ProxyKind, Trial,
};
pub use error::ConfigurationError;
pub use file::{FILE_NAME, Loaded, find_root, load, parse};
pub use image::{Image, image_names};
pub use key_lines::{FileLine, KeyLines};
pub use local::{ComposeProject, LocalImages};
pub use model::{
    Changelog, Checks, Configuration, Git, InstallCheck, Package, Project, VersionFile,
};
pub use period::Period;
pub use schema::json_schema;
pub use targets::{Github, Index, Registry};
pub use text_template::TextTemplate;
