//! The variables that Compose interpolates: those of the process, then those
//! of files, in the order in which they were read.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    ComposeError, Surroundings, dotenv,
    interpolation::{Interpolated, Refusal},
};

/// What is set first wins, except inside one set of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, Interpolated>,
}

impl Environment {
    pub(crate) fn of(surroundings: &Surroundings) -> Self {
        let text = |value: OsString| Interpolated::from(value.to_string_lossy().into_owned());
        let variables = surroundings.of_a_shell().into_iter();
        Self { variables: variables.map(|(name, value)| (name, text(value))).collect() }
    }

    pub(crate) fn lookup(&self, name: &str) -> Option<Interpolated> {
        self.variables.get(name).cloned()
    }

    /// The value as Compose makes it, if the variable is set.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.lookup(name)?.as_compose().ok()
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// Adds the variables of files; a later file wins over an earlier one, and
    /// what was set before over both.
    pub(crate) fn read_files(&mut self, files: &[PathBuf]) -> Result<(), ComposeError> {
        let mut read = BTreeMap::new();
        for file in files {
            let text = read_text(file)?;
            let known = |name: &str| self.lookup(name).or_else(|| read.get(name).cloned());
            let variables = dotenv::parse(&text, &known).map_err(|fault| {
                let (line, message) = (fault.line, fault.message.to_owned());
                ComposeError::BrokenEnvFile { file: file.clone(), line, message }
            })?;
            read.extend(variables);
        }
        for (name, value) in read {
            self.variables.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// A variable without which one that was read has no value, and what the
    /// file says about it.
    pub(crate) fn demanded(&self) -> Option<(String, String)> {
        self.variables.values().find_map(|value| match value.as_compose() {
            Err(Refusal::Required { variable, message }) => Some((variable, message)),
            _ => None,
        })
    }
}

/// A text file; bytes that are not UTF-8 are replaced.
pub(crate) fn read_text(file: &Path) -> Result<String, ComposeError> {
    let bytes = fs::read(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ComposeError::MissingFile { file: file.to_owned() },
        _ => ComposeError::Unreadable { file: file.to_owned(), source },
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
