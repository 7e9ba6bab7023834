//! The variables that Compose interpolates: those of the process first, then
//! those of env files, in the order in which the files were read.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    ComposeError, Surroundings,
    dotenv::parse_dotenv,
    interpolation::{Interpolated, Refusal},
};

/// Variables by name. The first value wins, except within one set of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    values: BTreeMap<String, Interpolated>,
}

impl Variables {
    pub(crate) fn from_surroundings(surroundings: &Surroundings) -> Self {
        let variables = surroundings.shell_variables().into_iter();
        let values = variables
            .map(|(name, value)| (name, Interpolated::from(value.to_string_lossy().into_owned())));
        Self { values: values.collect() }
    }

    pub(crate) fn value_of(&self, name: &str) -> Option<Interpolated> {
        self.values.get(name).cloned()
    }

    /// The value as Compose resolves it, if the variable is set.
    pub(crate) fn resolved(&self, name: &str) -> Option<String> {
        self.value_of(name)?.resolve_as_compose().ok()
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Adds the variables of files. A later file wins over an earlier one, and a
    /// variable that was set before wins over both.
    pub(crate) fn read_files(&mut self, files: &[PathBuf]) -> Result<(), ComposeError> {
        let mut added = BTreeMap::new();
        for file in files {
            let text = read_text(file)?;
            let variables = parse_dotenv(&text, &|name| {
                self.value_of(name).or_else(|| added.get(name).cloned())
            });
            let variables = variables.map_err(|error| ComposeError::BrokenEnvFile {
                file: file.clone(),
                line: error.line,
                message: error.message.to_owned(),
            })?;
            added.extend(variables);
        }
        for (name, value) in added {
            self.values.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// A required variable that is not set, with the message in the file.
    pub(crate) fn first_missing_required(&self) -> Option<(String, String)> {
        self.values.values().find_map(|value| match value.resolve_as_compose() {
            Err(Refusal::Required { variable, message }) => Some((variable, message)),
            _ => None,
        })
    }
}

/// Reads a text file; bytes that are not UTF-8 are replaced.
pub(crate) fn read_text(file: &Path) -> Result<String, ComposeError> {
    let bytes = fs::read(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ComposeError::MissingFile { file: file.to_owned() },
        _ => ComposeError::Unreadable { file: file.to_owned(), source },
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
