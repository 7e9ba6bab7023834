use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::JournalError;

/// The folder in which operations keep their state: `$XDG_STATE_HOME/tidegate`, or
/// what `--state-dir` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// This folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder of the XDG base directory specification, from the values of
    /// `XDG_STATE_HOME` and `HOME`. `None` when both are missing.
    #[must_use]
    pub fn from_environment(state_home: Option<&Path>, home: Option<&Path>) -> Option<Self> {
        let absolute = state_home.filter(|path| path.is_absolute()).map(Path::to_owned);
        let base = absolute.or_else(|| home.map(|home| home.join(".local/state")))?;
        Some(Self(base.join("tidegate")))
    }

    /// The state of one project. `identity` tells apart projects of the same name:
    /// it must not depend on the working folder, as a relative address would.
    #[must_use]
    pub fn project(&self, name: &str, identity: &str) -> ProjectState {
        let hash = Sha256::digest(identity.as_bytes());
        let short: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let safe: String =
            name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        ProjectState(self.0.join(format!("{safe}-{short}")))
    }
}

/// The state of one project: its lock, and a folder for each operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectState(PathBuf);

impl ProjectState {
    /// The lock's file.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The folder of one operation, such as `release-1.2.0`.
    #[must_use]
    pub fn operation(&self, name: &str) -> OperationFolder {
        OperationFolder(self.0.join(name))
    }

    /// The folders of operations that have a journal and whose name starts with
    /// `prefix`, in no particular order.
    ///
    /// # Errors
    /// [`JournalError::Io`] when the folder cannot be read; a missing one is empty.
    pub fn operations(&self, prefix: &str) -> Result<Vec<OperationFolder>, JournalError> {
        let io_error = |source| JournalError::Io { path: self.0.clone(), action: "list", source };
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(io_error)?,
        };
        let mut operations = Vec::new();
        for entry in entries {
            let entry = entry.map_err(io_error)?;
            let operation = OperationFolder(entry.path());
            if entry.file_name().to_string_lossy().starts_with(prefix) && operation.has_journal() {
                operations.push(operation);
            }
        }
        Ok(operations)
    }
}

/// The folder of one operation: its journal, and what it keeps beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFolder(PathBuf);

impl OperationFolder {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The journal's file.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    /// Whether the operation was ever started.
    #[must_use]
    pub fn has_journal(&self) -> bool {
        self.journal().is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_state_home_is_ignored_as_the_specification_requires() {
        let folder =
            StateFolder::from_environment(Some(Path::new("x")), Some(Path::new("/home/a")));
        assert_eq!(folder, Some(StateFolder("/home/a/.local/state/tidegate".into())));
    }

    #[test]
    fn projects_of_the_same_name_stay_apart() {
        let state = StateFolder::new("/s".into());
        assert_ne!(state.project("a/b", "/x"), state.project("a/b", "/y"));
    }

    #[test]
    fn only_operations_with_a_journal_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let project = StateFolder::new(folder.path().to_owned()).project("a", "/x");
        assert_eq!(project.operations("release-").unwrap(), []);
        for name in ["release-1.0.0", "release-2.0.0", "deployment-1"] {
            std::fs::create_dir_all(project.operation(name).path()).unwrap();
        }
        for name in ["release-1.0.0", "deployment-1"] {
            std::fs::write(project.operation(name).journal(), "").unwrap();
        }
        assert_eq!(project.operations("release-").unwrap(), [project.operation("release-1.0.0")]);
    }
}
