use std::path::Path;

use toml_edit::{Item, TableLike};

use crate::{
    PythonError,
    toml_document::{item_at, parse_toml, read_pyproject_or_none, string_at, strings_in},
};

/// Table `[build-system]`, with the defaults of PEP 517.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSystem {
    /// Requirements to install before the backend is imported.
    pub requires: Vec<String>,
    /// `module` or `module:object`.
    pub backend: String,
    /// Folders of the source tree from which the backend is imported.
    pub backend_path: Vec<String>,
}

impl BuildSystem {
    /// Reads `[build-system]` of a folder's `pyproject.toml`, or the defaults
    /// of PEP 517 if the table is missing, or if there is only a `setup.py`.
    ///
    /// # Errors
    /// [`PythonError::NotAProject`], [`PythonError::Toml`], [`PythonError::Key`].
    pub fn read(folder: &Path) -> Result<Self, PythonError> {
        Self::from_table(parse_toml(&read_pyproject_or_none(folder)?)?.as_table())
    }

    pub(crate) fn from_table(root: &dyn TableLike) -> Result<Self, PythonError> {
        let Some(table) = item_at(root, &["build-system"]).and_then(Item::as_table_like) else {
            return Ok(Self::legacy(vec!["setuptools>=40.8.0".to_owned()]));
        };
        let missing = PythonError::Key { key: "build-system.requires", problem: "is missing" };
        let requires = strings_in(table, "requires", "build-system.requires")?.ok_or(missing)?;
        let Some(backend) = string_at(table, &["build-backend"]) else {
            return Ok(Self::legacy(requires));
        };
        let backend_path = strings_in(table, "backend-path", "build-system.backend-path")?;
        Ok(Self { requires, backend, backend_path: backend_path.unwrap_or_default() })
    }

    /// The backend that PEP 517 prescribes for projects without one.
    fn legacy(requires: Vec<String>) -> Self {
        let backend = "setuptools.build_meta:__legacy__".to_owned();
        Self { requires, backend, backend_path: Vec::new() }
    }
}
