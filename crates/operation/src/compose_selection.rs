use std::path::PathBuf;

/// Which Compose projects the command line selects, with the flags of
/// `docker compose`. All empty: the projects of the configuration (`[[compose]]`),
/// else the one that Compose finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComposeSelection {
    /// `--project`: where the search starts, instead of the working folder.
    pub folder: Option<PathBuf>,
    /// `-f`: files of one project, relative to the working folder; later ones
    /// extend and override earlier ones.
    pub files: Vec<PathBuf>,
    /// `-p`: the project's name; with several configured projects, the one to select.
    pub project_name: Option<String>,
    /// `--profile`: active in addition to those that are configured.
    pub profiles: Vec<String>,
    /// `--env-file`: instead of those that are configured.
    pub env_files: Vec<PathBuf>,
}
