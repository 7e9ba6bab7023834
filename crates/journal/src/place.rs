use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

/// Where operations keep their state: `$XDG_STATE_HOME/tidegate`, or what
/// `--state-dir` says.
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

    /// The place of one project. Two checkouts of projects with the same name
    /// stay apart by their folder.
    #[must_use]
    pub fn project(&self, name: &str, root: &Path) -> OperationPlace {
        let hash = Sha256::digest(root.as_os_str().as_bytes());
        let short: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let safe: String =
            name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        OperationPlace(self.0.join(format!("{safe}-{short}")))
    }
}

/// The folder of one project's operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationPlace(PathBuf);

impl OperationPlace {
    /// The lock's file.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The folder of one operation, such as `release-1.2.0`.
    #[must_use]
    pub fn operation(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Names of the operations that have a journal, in no particular order.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.path().join("journal.jsonl").is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_state_home_is_ignored_as_the_specification_says() {
        let folder =
            StateFolder::from_environment(Some(Path::new("x")), Some(Path::new("/home/a")));
        assert_eq!(folder, Some(StateFolder("/home/a/.local/state/tidegate".into())));
    }

    #[test]
    fn projects_of_the_same_name_stay_apart() {
        let state = StateFolder::new("/s".into());
        assert_ne!(state.project("a/b", Path::new("/x")), state.project("a/b", Path::new("/y")));
    }
}
