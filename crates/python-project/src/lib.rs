#![doc = include_str!("../README.md")]

mod build;
mod build_system;
pub mod changelog;
mod dynamic_version;
mod environment_template;
mod error;
mod install_check;
mod isolation;
mod lock_file;
mod mention;
mod modules;
mod output_line;
mod pip_report;
mod pip_settings;
mod project;
mod project_name;
mod project_version;
mod python;
mod python_lines;
mod python_version;
mod setup_cfg;
mod setup_files;
mod setup_py;
mod toml_document;
mod uv;
mod version_file;
mod version_place;
mod virtual_environment;

pub use build::{Build, BuiltDistributions};
pub use build_system::BuildSystem;
pub use dynamic_version::DynamicVersion;
pub use error::PythonError;
pub use install_check::{CommandCheck, InstallCheck, InstallReport, InstallSource};
pub use lock_file::{LockFile, LockFiles, UnreadableLock};
pub use mention::mentions_version;
pub use pip_report::SelectedFile;
pub use project::{ProjectVersion, PyProject, Script};
pub use project_name::normalize_name;
pub use project_version::set_version;
pub use python::{Python, PythonTags};
pub use version_file::{
    VersionPattern, VersionValues, generate_version_file, read_version_file, update_version_file,
};
pub use version_place::VersionPlace;
