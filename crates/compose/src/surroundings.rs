use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

/// The flags of `docker compose` that select a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComposeFlags {
    /// `-f`, in order: later files extend and override earlier ones.
    pub files: Vec<PathBuf>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--profile`, in order.
    pub profiles: Vec<String>,
    /// `--env-file`, in order: later files win.
    pub env_files: Vec<PathBuf>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
}

/// The environment of a process as a value: searches and relative paths start in
/// the working folder, and the variables are interpolated.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<String, OsString>,
    /// An absolute path.
    pub working_folder: PathBuf,
}

impl std::fmt::Debug for Surroundings {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("working_folder", &self.working_folder)
            .finish()
    }
}

impl Surroundings {
    /// The value of a variable that is not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.to_string_lossy().into_owned();
        (!value.is_empty()).then_some(value)
    }

    /// The working folder as a shell names it: `PWD`, if it is the same folder.
    /// Compose derives project names from it, symbolic links included (Go,
    /// `os.Getwd`).
    pub(crate) fn shell_folder(&self) -> PathBuf {
        let pwd = self.variable("PWD").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let working_folder = self.working_folder.canonicalize().ok();
        pwd.filter(|folder| {
            working_folder.is_some() && folder.canonicalize().ok() == working_folder
        })
        .unwrap_or_else(|| self.working_folder.clone())
    }

    /// The variables as a shell in the working folder would have them.
    pub(crate) fn shell_variables(&self) -> BTreeMap<String, OsString> {
        let mut variables = self.variables.clone();
        variables.insert("PWD".to_owned(), self.shell_folder().into());
        variables
    }

    /// An absolute path without `.` and `..`.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        clean_path(&self.shell_folder().join(path))
    }
}

/// A path without `.` and `..`, as Go's `filepath.Clean` gives Compose its paths:
/// only the text counts, symbolic links are not followed.
#[must_use]
pub fn clean_path(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        for (path, clean) in [("/a/./b", "/a/b"), ("/a/../b/", "/b"), ("/..", "/"), ("/", "/")] {
            assert_eq!(clean_path(Path::new(path)), Path::new(clean), "{path}");
        }
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let variables = BTreeMap::from([("TOKEN".to_owned(), "hush".into())]);
        let surroundings = Surroundings { variables, working_folder: "/".into() };
        let shown = format!("{surroundings:?}");
        assert!(shown.contains("TOKEN") && !shown.contains("hush"), "{shown}");
    }
}
