#![doc = include_str!("../README.md")]

mod capture;
mod child;
mod command;
mod error;
mod output;
mod publishing;

pub use command::Command;
pub use error::ProcessError;
pub use output::{Line, Output};
pub use publishing::is_publishing_credential;

/// The first file on `PATH` with this name that can be executed, if any.
#[must_use]
pub fn find_program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
