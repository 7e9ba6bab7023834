//! Compose's own rules for files, folder and name of a project (compose-go,
//! `cli/options.go`; docker/compose, `cmd/compose/compose.go`).

mod env_files;
mod files;
mod name;
mod project;
mod search;

pub(crate) use env_files::default_env_file;
pub(crate) use files::is_remote;
pub use project::ComposeProject;
pub use search::{explicit_project_name, locate};
