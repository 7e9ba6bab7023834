//! Which files, which folder, which name: Compose's own rules (compose-go,
//! `cli/options.go`; docker/compose, `cmd/compose/compose.go`).

mod files;
mod name;

use std::path::{Path, PathBuf};

use crate::{ComposeError, ComposeFlags, Surroundings, environment::Environment};

pub(crate) use files::is_remote;

/// A project as Compose finds it. Paths are absolute, except that files of
/// remote resources (`oci://…`, git addresses) are as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeProject {
    /// The project's name, by which containers, networks and volumes are labelled.
    pub name: String,
    /// The project's folder, which relative paths begin in.
    pub folder: PathBuf,
    /// Its files; later ones extend and override earlier ones.
    pub files: Vec<PathBuf>,
    /// The active profiles.
    pub profiles: Vec<String>,
    /// The files with variables that are read; later ones win.
    pub env_files: Vec<PathBuf>,
    /// What Compose would warn of while searching.
    pub warnings: Vec<String>,
}

/// Finds the project that `docker compose` would work on with these flags, in
/// these surroundings. A file that is no YAML is found all the same: its name
/// is taken from what can be read of it, and [`ComposeProject::warnings`] says so.
///
/// # Errors
/// [`ComposeError::NoFile`] when there is none, [`ComposeError::MissingFile`] or
/// [`ComposeError::Unreadable`] for one that was named; for names and variables
/// that Compose refuses the variants of theirs.
pub fn locate(
    flags: &ComposeFlags,
    surroundings: &Surroundings,
) -> Result<ComposeProject, ComposeError> {
    let mut search = Search::begin(flags, surroundings)?;
    let files = search.files()?;
    if files.is_empty() {
        return Err(ComposeError::NoFile { folder: search.folder });
    }
    search.enter_folder_of(&files)?;
    search.accept_variables()?;
    let profiles = search.profiles();
    let name = search.name(&files)?;
    let Search { folder, env_files, warnings, .. } = search;
    Ok(ComposeProject { name, folder, files, profiles, env_files, warnings })
}

/// The name that is said without any file: by `-p`, or by `COMPOSE_PROJECT_NAME`
/// in the process or in files with variables. Under it Compose works from
/// labels where there is no file.
///
/// # Errors
/// [`ComposeError::InvalidName`], and those of files with variables.
pub fn said_name(
    flags: &ComposeFlags,
    surroundings: &Surroundings,
) -> Result<Option<String>, ComposeError> {
    Search::begin(flags, surroundings)?.said_name()
}

/// The state of a search: what Compose collects step by step.
struct Search<'a> {
    flags: &'a ComposeFlags,
    surroundings: &'a Surroundings,
    environment: Environment,
    folder: PathBuf,
    env_files: Vec<PathBuf>,
    warnings: Vec<String>,
}

impl<'a> Search<'a> {
    fn begin(
        flags: &'a ComposeFlags,
        surroundings: &'a Surroundings,
    ) -> Result<Self, ComposeError> {
        let folder = folder_of(flags, surroundings, &flags.files);
        let environment = Environment::of(surroundings);
        let (env_files, warnings) = (Vec::new(), Vec::new());
        let mut search = Self { flags, surroundings, environment, folder, env_files, warnings };
        search.read_env_files()?;
        Ok(search)
    }

    /// The project's folder is known now; it may have an `.env` of its own, whose
    /// variables count less than those of the folder where the search began.
    fn enter_folder_of(&mut self, files: &[PathBuf]) -> Result<(), ComposeError> {
        let folder = folder_of(self.flags, self.surroundings, files);
        if folder == self.folder {
            return Ok(());
        }
        self.folder = folder;
        if self.said_env_files().is_empty() { self.read_env_files() } else { Ok(()) }
    }

    fn read_env_files(&mut self) -> Result<(), ComposeError> {
        let files = match self.said_env_files() {
            said if said.is_empty() => default_env_file(&self.folder, self.surroundings)?,
            said => said,
        };
        self.environment.read_files(&files)?;
        // What was read before wins, and the last one in the list wins.
        self.env_files = [files, std::mem::take(&mut self.env_files)].concat();
        Ok(())
    }

    fn said_env_files(&self) -> Vec<PathBuf> {
        let listed = self.surroundings.variable("COMPOSE_ENV_FILES").unwrap_or_default();
        let listed = || listed.split(',').filter(|file| !file.is_empty()).map(PathBuf::from);
        let said = match self.flags.env_files.as_slice() {
            [] => listed().collect(),
            said => said.to_vec(),
        };
        said.iter().map(|file| self.surroundings.absolute(file)).collect()
    }

    /// Compose refuses files with variables that demand others.
    fn accept_variables(&self) -> Result<(), ComposeError> {
        self.environment.demanded().map_or(Ok(()), |(variable, message)| {
            Err(ComposeError::UnresolvableVariable { variable, message })
        })
    }

    fn profiles(&self) -> Vec<String> {
        let listed = self.environment.value("COMPOSE_PROFILES").unwrap_or_default();
        let listed = listed.split(',').map(str::trim).filter(|profile| !profile.is_empty());
        match self.flags.profiles.as_slice() {
            [] => listed.map(str::to_owned).collect(),
            said => said.to_vec(),
        }
    }
}

/// `--project-directory`, else the folder of the first file, else the working folder.
fn folder_of(flags: &ComposeFlags, surroundings: &Surroundings, files: &[PathBuf]) -> PathBuf {
    if let Some(folder) = &flags.project_directory {
        return surroundings.absolute(folder);
    }
    let first = files.first().filter(|file| !is_remote(file));
    let first = first.map(|file| surroundings.absolute(file));
    let folder = first.as_deref().and_then(Path::parent);
    folder.map_or_else(|| surroundings.absolute(Path::new("")), Path::to_owned)
}

/// The `.env` of a folder, unless there is none or Compose is told not to read it.
pub(crate) fn default_env_file(
    folder: &Path,
    surroundings: &Surroundings,
) -> Result<Vec<PathBuf>, ComposeError> {
    const DISABLE: &str = "COMPOSE_DISABLE_ENV_FILE";
    let disabled = match surroundings.variables.get(DISABLE).map(|value| value.to_string_lossy()) {
        None => false,
        Some(value) => parse_bool(&value).ok_or_else(|| ComposeError::InvalidSetting {
            variable: DISABLE,
            value: value.into(),
        })?,
    };
    let file = folder.join(".env");
    Ok(if !disabled && file.exists() && !file.is_dir() { vec![file] } else { Vec::new() })
}

/// As Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
