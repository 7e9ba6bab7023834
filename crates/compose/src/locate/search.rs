//! The search for a project, in Compose's order: env files, Compose files, the
//! folder of the first file with its own `.env`, and the name.

use std::path::{Path, PathBuf};

use super::{
    env_files::{default_env_file, named_env_files},
    files::{is_remote, named_files, search_upwards},
    name::{explicit_name, name_in_files, name_of_folder},
    project::ComposeProject,
};
use crate::{ComposeError, ComposeFlags, Surroundings, variables::Variables};

/// Finds the project that `docker compose` would work on with these flags, in
/// these surroundings. A file that is not valid YAML is found as well: its name is
/// taken from what can be read, and [`ComposeProject::warnings`] says so.
///
/// # Errors
/// [`ComposeError::NoFile`] when there is none, [`ComposeError::MissingFile`] or
/// [`ComposeError::Unreadable`] for a file that was named, and the variants for
/// names and variables that Compose refuses.
pub fn locate(
    flags: &ComposeFlags,
    surroundings: &Surroundings,
) -> Result<ComposeProject, ComposeError> {
    let mut search = Search::from_flags(flags, surroundings)?;
    let files = search.find_files()?;
    if files.is_empty() {
        return Err(ComposeError::NoFile { folder: search.folder });
    }
    search.enter_project_folder(&files)?;
    search.check_required_variables()?;
    let profiles = search.profiles();
    let name = search.project_name(&files)?;
    let Search { folder, env_files, warnings, .. } = search;
    Ok(ComposeProject { name, folder, files, profiles, env_files, warnings })
}

/// The project name that `-p` gives, or `COMPOSE_PROJECT_NAME` in the process or in
/// env files. It needs no Compose file: without one, Compose works from labels.
///
/// # Errors
/// [`ComposeError::InvalidName`], and the errors of env files.
pub fn explicit_project_name(
    flags: &ComposeFlags,
    surroundings: &Surroundings,
) -> Result<Option<String>, ComposeError> {
    let search = Search::from_flags(flags, surroundings)?;
    explicit_name(flags.project_name.as_deref(), &search.variables)
}

/// What the search has found so far.
struct Search<'a> {
    flags: &'a ComposeFlags,
    surroundings: &'a Surroundings,
    variables: Variables,
    folder: PathBuf,
    env_files: Vec<PathBuf>,
    warnings: Vec<String>,
}

impl<'a> Search<'a> {
    fn from_flags(
        flags: &'a ComposeFlags,
        surroundings: &'a Surroundings,
    ) -> Result<Self, ComposeError> {
        let mut search = Self {
            flags,
            surroundings,
            variables: Variables::from_surroundings(surroundings),
            folder: project_folder(flags, surroundings, &flags.files),
            env_files: Vec::new(),
            warnings: Vec::new(),
        };
        search.read_env_files()?;
        Ok(search)
    }

    fn find_files(&mut self) -> Result<Vec<PathBuf>, ComposeError> {
        let named = named_files(&self.flags.files, &self.variables, self.surroundings)?;
        Ok(match named.is_empty() {
            true => search_upwards(&self.folder, &mut self.warnings),
            false => named,
        })
    }

    /// The project's folder is known now. It may have an `.env` of its own, whose
    /// variables count less than those of the folder where the search started.
    fn enter_project_folder(&mut self, files: &[PathBuf]) -> Result<(), ComposeError> {
        let folder = project_folder(self.flags, self.surroundings, files);
        if folder == self.folder {
            return Ok(());
        }
        self.folder = folder;
        match named_env_files(self.flags, self.surroundings).is_empty() {
            true => self.read_env_files(),
            false => Ok(()),
        }
    }

    fn read_env_files(&mut self) -> Result<(), ComposeError> {
        let files = match named_env_files(self.flags, self.surroundings) {
            named if named.is_empty() => default_env_file(&self.folder, self.surroundings)?,
            named => named,
        };
        self.variables.read_files(&files)?;
        // What was read before wins, and the last file of the list wins.
        self.env_files = [files, std::mem::take(&mut self.env_files)].concat();
        Ok(())
    }

    /// Compose refuses env files that require variables which are not set.
    fn check_required_variables(&self) -> Result<(), ComposeError> {
        match self.variables.first_missing_required() {
            Some((variable, message)) => {
                Err(ComposeError::UnresolvableVariable { variable, message })
            }
            None => Ok(()),
        }
    }

    fn profiles(&self) -> Vec<String> {
        let variable = self.variables.resolved("COMPOSE_PROFILES").unwrap_or_default();
        let of_variable = variable.split(',').map(str::trim).filter(|profile| !profile.is_empty());
        match self.flags.profiles.as_slice() {
            [] => of_variable.map(str::to_owned).collect(),
            profiles => profiles.to_vec(),
        }
    }

    fn project_name(&mut self, files: &[PathBuf]) -> Result<String, ComposeError> {
        if let Some(name) = explicit_name(self.flags.project_name.as_deref(), &self.variables)? {
            return Ok(name);
        }
        match name_in_files(files, &self.variables, &mut self.warnings)? {
            Some(name) => Ok(name),
            None => name_of_folder(&self.folder),
        }
    }
}

/// `--project-directory`, else the folder of the first file, else the working folder.
fn project_folder(flags: &ComposeFlags, surroundings: &Surroundings, files: &[PathBuf]) -> PathBuf {
    if let Some(folder) = &flags.project_directory {
        return surroundings.absolute(folder);
    }
    let first = files.first().filter(|file| !is_remote(file));
    let first = first.map(|file| surroundings.absolute(file));
    let folder = first.as_deref().and_then(Path::parent);
    folder.map_or_else(|| surroundings.absolute(Path::new("")), Path::to_owned)
}
