use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

/// What a command line says about a project, in the words of `docker compose`.
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

/// What a process finds around itself, as a value: relative paths and searches
/// begin in the working folder, variables decide and are interpolated.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The process environment.
    pub variables: BTreeMap<String, OsString>,
    /// An absolute path.
    pub working_folder: PathBuf,
}

impl std::fmt::Debug for Surroundings {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        let mut shown = f.debug_struct("Surroundings");
        shown.field("variables", &names).field("working_folder", &self.working_folder).finish()
    }
}

impl Surroundings {
    /// A variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.to_string_lossy().into_owned();
        (!value.is_empty()).then_some(value)
    }

    /// The working folder as a shell names it: `PWD`, as long as it is the same
    /// folder. Compose takes names of projects from it, symbolic links included
    /// (Go, `os.Getwd`).
    pub(crate) fn folder(&self) -> PathBuf {
        let named = self.variable("PWD").map(PathBuf::from).filter(|named| named.is_absolute());
        let here = self.working_folder.canonicalize().ok();
        let same = |named: &PathBuf| here.is_some() && named.canonicalize().ok() == here;
        named.filter(same).unwrap_or_else(|| self.working_folder.clone())
    }

    /// The variables as a shell in the working folder would have them.
    pub(crate) fn of_a_shell(&self) -> BTreeMap<String, OsString> {
        let mut variables = self.variables.clone();
        variables.insert("PWD".to_owned(), self.folder().into());
        variables
    }

    /// An absolute path without `.` and `..`.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        cleaned(&self.folder().join(path))
    }
}

/// Without `.` and `..`, by the text alone, as Go's `filepath.Clean`, which
/// gives Compose its paths: symbolic links are not followed.
pub(crate) fn cleaned(path: &Path) -> PathBuf {
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
            assert_eq!(cleaned(Path::new(path)), Path::new(clean), "{path}");
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
