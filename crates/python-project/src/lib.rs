#![doc = include_str!("../README.md")]

mod build;
pub mod changelog;
mod environment;
mod error;
mod install_check;
mod mention;
mod name;
mod pip_report;
mod project;
mod project_version;
mod version_file;

pub use build::{Build, BuiltDistributions};
pub use error::PythonError;
pub use install_check::{CommandCheck, InstallCheck, InstallReport, PackageIndex};
pub use mention::mentions_version;
pub use name::normalize_name;
pub use pip_report::Selected;
pub use project::{BuildSystem, DynamicVersion, ProjectVersion, PyProject, Script};
pub use project_version::set_version;
pub use version_file::{VersionPattern, VersionValues, generate_version_file, update_version_file};
