//! Which env files are read: `--env-file`, else `COMPOSE_ENV_FILES`, else the `.env`
//! of the project's folder.

use std::path::{Path, PathBuf};

use crate::{ComposeError, ComposeFlags, Surroundings};

/// The env files that flags or `COMPOSE_ENV_FILES` name.
pub(super) fn named_env_files(flags: &ComposeFlags, surroundings: &Surroundings) -> Vec<PathBuf> {
    let variable = surroundings.variable("COMPOSE_ENV_FILES").unwrap_or_default();
    let of_variable = variable.split(',').filter(|file| !file.is_empty()).map(PathBuf::from);
    let named = match flags.env_files.as_slice() {
        [] => of_variable.collect(),
        files => files.to_vec(),
    };
    named.iter().map(|file| surroundings.absolute(file)).collect()
}

/// The `.env` of a folder, if it exists and Compose is not configured to ignore it.
pub(crate) fn default_env_file(
    folder: &Path,
    surroundings: &Surroundings,
) -> Result<Vec<PathBuf>, ComposeError> {
    const DISABLE: &str = "COMPOSE_DISABLE_ENV_FILE";
    let disabled = match surroundings.variables.get(DISABLE).map(|value| value.to_string_lossy()) {
        None => false,
        Some(value) => parse_go_bool(&value).ok_or_else(|| ComposeError::InvalidSetting {
            variable: DISABLE,
            value: value.into(),
        })?,
    };
    let file = folder.join(".env");
    Ok(if !disabled && file.exists() && !file.is_dir() { vec![file] } else { Vec::new() })
}

/// As Go's `strconv.ParseBool`.
fn parse_go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
