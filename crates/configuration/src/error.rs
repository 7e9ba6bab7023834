use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// No `tidegate.toml`, `pyproject.toml` or Compose file here or above.
    #[error(
        "{} is not inside a project: no tidegate.toml, pyproject.toml, setup.py or Compose file in this folder or above it; use --project",
        .0.display()
    )]
    NoProject(PathBuf),
    /// There is no folder to look for a project in.
    #[error("folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The file cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A mistake at one place of the file.
    #[error("{}line {line}: {message}", file_prefix(.path.as_ref()))]
    Mistake {
        /// The file, when the text came from one.
        path: Option<PathBuf>,
        /// Line number, from 1.
        line: usize,
        /// What is wrong and what was probably meant.
        message: String,
    },
}

fn file_prefix(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |path| format!("{}, ", path.display()))
}
