use std::path::{Path, PathBuf};

use configuration::{Configuration, ConfigurationError};

use crate::OperationError;

/// A project as the programs for local images and containers see it: a folder
/// and its configuration. It needs no git repository and no Python package.
#[derive(Debug, Clone, Default)]
pub struct LocalProject {
    /// The project's folder; `None` outside of any project.
    pub root: Option<PathBuf>,
    /// Its configuration; all defaults outside of any project.
    pub configuration: Configuration,
}

impl LocalProject {
    /// Reads the project in or above `folder`, else the one in or above the
    /// working folder, if there is one.
    ///
    /// # Errors
    /// [`OperationError::Configuration`] when the configuration has a mistake,
    /// or `folder` is in no project.
    pub fn open(folder: Option<&Path>, explicit: Option<&Path>) -> Result<Self, OperationError> {
        let start = folder.unwrap_or(Path::new("."));
        let root = match configuration::find_root(start) {
            Ok(root) => root,
            Err(ConfigurationError::NoProject(_)) if folder.is_none() && explicit.is_none() => {
                return Ok(Self::default());
            }
            Err(ConfigurationError::NoProject(_)) if folder.is_none() => folder_of(explicit),
            Err(error) => return Err(error.into()),
        };
        let root = root.canonicalize().unwrap_or(root);
        let configuration = configuration::load(&root, explicit)?.configuration;
        Ok(Self { root: Some(root), configuration })
    }

    /// Name for reports: the one configured, else the folder's.
    #[must_use]
    pub fn name(&self) -> String {
        let folder = || Some(self.root.as_ref()?.file_name()?.to_string_lossy().into_owned());
        let configured = self.configuration.project.name.clone();
        configured.or_else(folder).unwrap_or_else(|| "this machine".to_owned())
    }
}

/// A configuration stands in its project's folder.
fn folder_of(configuration: Option<&Path>) -> PathBuf {
    let folder = configuration.and_then(Path::parent).filter(|path| !path.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}
