//! Which files: `-f`, else `COMPOSE_FILE`, else the first of the usual names in
//! the folder or above it, with the override file beside it.

use std::path::{Path, PathBuf};

use super::Search;
use crate::ComposeError;

/// In the order in which Compose prefers them.
const NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// In the order in which Compose prefers them.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

impl Search<'_> {
    /// The project's files; none when there are none.
    pub(super) fn files(&mut self) -> Result<Vec<PathBuf>, ComposeError> {
        let said = match self.flags.files.as_slice() {
            [] => self.files_of_variable(),
            said => said.to_vec(),
        };
        if said.is_empty() {
            return Ok(self.search_upwards());
        }
        said.into_iter().map(|file| self.present(file)).collect()
    }

    /// `COMPOSE_FILE`, which may come from an `.env`.
    fn files_of_variable(&self) -> Vec<PathBuf> {
        let separator = self.environment.value("COMPOSE_PATH_SEPARATOR");
        let separator = separator.filter(|text| !text.is_empty()).unwrap_or_else(|| ":".to_owned());
        let listed = self.environment.value("COMPOSE_FILE").filter(|text| !text.is_empty());
        listed.iter().flat_map(|files| files.split(&separator)).map(PathBuf::from).collect()
    }

    fn present(&self, file: PathBuf) -> Result<PathBuf, ComposeError> {
        if file == Path::new("-") {
            return Err(ComposeError::StandardInput);
        }
        if is_remote(&file) {
            return Ok(file);
        }
        let file = self.surroundings.absolute(&file);
        if file.exists() { Ok(file) } else { Err(ComposeError::MissingFile { file }) }
    }

    fn search_upwards(&mut self) -> Vec<PathBuf> {
        let from = self.folder.clone();
        for folder in from.ancestors() {
            if let Some(file) = self.preferred(folder, &NAMES, "config") {
                let beside = self.preferred(folder, &OVERRIDES, "override");
                return [file].into_iter().chain(beside).collect();
            }
        }
        Vec::new()
    }

    /// The first that is there; that there are others is worth a warning.
    fn preferred(&mut self, folder: &Path, names: &[&str], kind: &str) -> Option<PathBuf> {
        let there = names.iter().map(|name| folder.join(name)).filter(|file| file.exists());
        let there: Vec<PathBuf> = there.collect();
        let first = there.first()?.clone();
        if there.len() > 1 {
            let all: Vec<String> = there.iter().map(|file| file.display().to_string()).collect();
            let (all, used) = (all.join(", "), first.display());
            self.warnings.push(format!("several {kind} files: {all}; using {used}"));
        }
        Some(first)
    }
}

/// Whether Compose would fetch the file: an OCI artifact or a git repository.
pub(crate) fn is_remote(file: &Path) -> bool {
    const BEGINNINGS: [&str; 7] =
        ["oci://", "http://", "https://", "git://", "ssh://", "git@", "github.com/"];
    file.to_str().is_some_and(|text| BEGINNINGS.iter().any(|begin| text.starts_with(begin)))
}
