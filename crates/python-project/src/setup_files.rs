//! Projects of setuptools without a `[project]` table: what `setup.cfg` and `setup.py` say.

use std::path::Path;

use crate::{
    DynamicVersion, PythonError, setup_cfg,
    setup_py::{self, Keyword},
};

/// The texts of both files; empty for one that does not exist.
pub(crate) struct SetupFiles {
    cfg: String,
    py: String,
}

impl SetupFiles {
    /// # Errors
    /// [`PythonError::Io`].
    pub(crate) fn read(folder: &Path) -> Result<Self, PythonError> {
        Ok(Self { cfg: read(folder, "setup.cfg")?, py: read(folder, "setup.py")? })
    }

    /// The name of the package, if one of them describes one.
    pub(crate) fn name(&self) -> Option<String> {
        let cfg = setup_cfg::value_range(&self.cfg, "metadata", "name");
        let cfg = cfg.map(|range| self.cfg[range].to_owned());
        cfg.or_else(|| match setup_py::keyword(&self.py, "name") {
            Some(Keyword::Text(range)) => Some(self.py[range].to_owned()),
            _ => None,
        })
    }

    /// The source of its version. What `setup.py` passes has priority over `setup.cfg`.
    pub(crate) fn version_source(&self) -> Option<DynamicVersion> {
        setup_py::version_source(&self.py).or_else(|| setup_cfg::version_source(&self.cfg))
    }
}

fn read(folder: &Path, name: &str) -> Result<String, PythonError> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        text => text.map_err(|error| PythonError::io("read", &path, error)),
    }
}
