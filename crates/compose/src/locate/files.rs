//! Which Compose files: `-f`, else `COMPOSE_FILE`, else the first of the usual names
//! in the folder or above it, with the override file next to it.

use std::path::{Path, PathBuf};

use crate::{ComposeError, Surroundings, variables::Variables};

/// In Compose's order of preference.
const FILE_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// In Compose's order of preference.
const OVERRIDE_NAMES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The files that flags or `COMPOSE_FILE` name, each checked to exist; empty when
/// none are named.
pub(super) fn named_files(
    flags: &[PathBuf],
    variables: &Variables,
    surroundings: &Surroundings,
) -> Result<Vec<PathBuf>, ComposeError> {
    let named = match flags {
        [] => files_of_variable(variables),
        files => files.to_vec(),
    };
    named.into_iter().map(|file| existing_file(file, surroundings)).collect()
}

/// `COMPOSE_FILE`, which may be set in an `.env`.
fn files_of_variable(variables: &Variables) -> Vec<PathBuf> {
    let separator = variables.resolved("COMPOSE_PATH_SEPARATOR");
    let separator = separator.filter(|text| !text.is_empty()).unwrap_or_else(|| ":".to_owned());
    let list = variables.resolved("COMPOSE_FILE").filter(|text| !text.is_empty());
    list.iter().flat_map(|files| files.split(&separator)).map(PathBuf::from).collect()
}

fn existing_file(file: PathBuf, surroundings: &Surroundings) -> Result<PathBuf, ComposeError> {
    if file == Path::new("-") {
        return Err(ComposeError::StandardInput);
    }
    if is_remote(&file) {
        return Ok(file);
    }
    let file = surroundings.absolute(&file);
    if file.exists() { Ok(file) } else { Err(ComposeError::MissingFile { file }) }
}

/// The project's file in the folder or in the nearest one above it, and its
/// override file.
pub(super) fn search_upwards(folder: &Path, warnings: &mut Vec<String>) -> Vec<PathBuf> {
    for folder in folder.ancestors() {
        if let Some(file) = preferred_file(folder, &FILE_NAMES, "config", warnings) {
            let override_file = preferred_file(folder, &OVERRIDE_NAMES, "override", warnings);
            return [file].into_iter().chain(override_file).collect();
        }
    }
    Vec::new()
}

/// The first of these names that exists; several of them are worth a warning.
fn preferred_file(
    folder: &Path,
    names: &[&str],
    kind: &str,
    warnings: &mut Vec<String>,
) -> Option<PathBuf> {
    let existing = names.iter().map(|name| folder.join(name)).filter(|file| file.exists());
    let existing: Vec<PathBuf> = existing.collect();
    let first = existing.first()?.clone();
    if existing.len() > 1 {
        let all: Vec<String> = existing.iter().map(|file| file.display().to_string()).collect();
        let (all, used) = (all.join(", "), first.display());
        warnings.push(format!("several {kind} files: {all}; using {used}"));
    }
    Some(first)
}

/// Whether Compose would fetch the file: an OCI artifact or a git repository.
pub(crate) fn is_remote(file: &Path) -> bool {
    const PREFIXES: [&str; 7] =
        ["oci://", "http://", "https://", "git://", "ssh://", "git@", "github.com/"];
    file.to_str().is_some_and(|text| PREFIXES.iter().any(|prefix| text.starts_with(prefix)))
}
