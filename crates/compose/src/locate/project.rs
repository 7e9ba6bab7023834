use std::path::PathBuf;

/// A project as Compose finds it. Paths are absolute, except that remote files
/// (`oci://…`, git addresses) are kept as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeProject {
    /// The project's name, with which containers, networks and volumes are labelled.
    pub name: String,
    /// The project's folder, to which relative paths refer.
    pub folder: PathBuf,
    /// Its files; later ones extend and override earlier ones.
    pub files: Vec<PathBuf>,
    /// The active profiles.
    pub profiles: Vec<String>,
    /// The env files that are read; later ones win.
    pub env_files: Vec<PathBuf>,
    /// What Compose would warn about during its search.
    pub warnings: Vec<String>,
}
