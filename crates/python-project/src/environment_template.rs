//! Environments that are copied, which is quicker than to make each of them.

use std::{fs, io, os::unix::fs::symlink, path::Path};

use tempfile::TempDir;

use crate::PythonError;

/// An environment without packages that was made for a Python. A copy works like it: its
/// files name the Python (`home` in `pyvenv.cfg`, PEP 405) and never their own folder,
/// except those for the shells of people.
pub(crate) struct EnvironmentTemplate {
    folder: TempDir,
}

impl EnvironmentTemplate {
    /// A folder for the environment.
    pub(crate) fn new() -> Result<Self, PythonError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("tidegate-template-").tempdir_in(&temporary);
        let folder = folder.map_err(|error| PythonError::io("write into", &temporary, error))?;
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Copies the environment into another folder.
    pub(crate) fn copy_into(&self, folder: &Path) -> Result<(), PythonError> {
        let (from, to) = (self.folder().join("env"), folder.join("env"));
        copy_folder(&from, &to).map_err(|error| PythonError::io("write into", &to, error))
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, copy) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &copy)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, copy)?;
        } else {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}
