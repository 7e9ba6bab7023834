#![doc = include_str!("../README.md")]

mod build;
mod build_system;
pub mod changelog;
mod dynamic_version;
mod error;
mod install_check;
mod lock_file;
mod mention;
mod output_line;
mod pip_report;
mod project;
mod project_name;
mod project_version;
mod python_lines;
mod python_version;
mod toml_document;
mod version_file;
mod version_place;
mod virtual_environment;

pub use build::{Build, BuiltDistributions};
pub use build_system::BuildSystem;
pub use dynamic_version::DynamicVersion;
pub use error::PythonError;
pub use install_check::{CommandCheck, InstallCheck, InstallReport, PackageIndex};
pub use lock_file::LockFile;
pub use mention::mentions_version;
pub use pip_report::SelectedFile;
pub use project::{ProjectVersion, PyProject, Script};
pub use project_name::normalize_name;
pub use project_version::set_version;
pub use version_file::{VersionPattern, VersionValues, generate_version_file, update_version_file};
pub use version_place::VersionPlace;
