#![doc = include_str!("../README.md")]

mod build;
mod build_system;
pub mod changelog;
mod error;
mod install_check;
mod mention;
mod output_line;
mod pip_report;
mod project;
mod project_name;
mod project_version;
mod toml_document;
mod version_file;
mod virtual_environment;

pub use build::{Build, BuiltDistributions};
pub use build_system::BuildSystem;
pub use error::PythonError;
pub use install_check::{CommandCheck, InstallCheck, InstallReport, PackageIndex};
pub use mention::mentions_version;
pub use pip_report::SelectedFile;
pub use project::{DynamicVersion, ProjectVersion, PyProject, Script};
pub use project_name::normalize_name;
pub use project_version::set_version;
pub use version_file::{VersionPattern, VersionValues, generate_version_file, update_version_file};
