//! Which name: `-p`, else `COMPOSE_PROJECT_NAME`, else `name:` of the last file
//! that has one, else the folder's.

use std::path::{Path, PathBuf};

use super::{Search, is_remote};
use crate::{
    ComposeError,
    environment::read_text,
    interpolation::{Refusal, interpolate},
    yaml::{self, Named},
};

impl Search<'_> {
    pub(super) fn name(&mut self, files: &[PathBuf]) -> Result<String, ComposeError> {
        if let Some(said) = self.said_name()? {
            return Ok(said);
        }
        if let Some(name) = self.name_in(files)? {
            return Ok(name);
        }
        let name = normalized(&base_name(&self.folder));
        let folder = self.folder.clone();
        if name.is_empty() { Err(ComposeError::NoName { folder }) } else { Ok(name) }
    }

    pub(super) fn said_name(&self) -> Result<Option<String>, ComposeError> {
        let said = self.flags.project_name.clone().filter(|name| !name.is_empty());
        let of_variable = || self.environment.value("COMPOSE_PROJECT_NAME");
        let said = said.or_else(of_variable).filter(|name| !name.is_empty());
        match said {
            Some(name) if name != normalized(&name) => Err(ComposeError::InvalidName { name }),
            said => Ok(said),
        }
    }

    /// `name:` after interpolation and normalisation.
    fn name_in(&mut self, files: &[PathBuf]) -> Result<Option<String>, ComposeError> {
        let mut last = None;
        for file in files.iter().filter(|file| !is_remote(file)) {
            let stated = self.name_of(file)?.filter(|name| !name.is_empty());
            last = stated.map(|name| (file, name)).or(last);
        }
        last.map(|(file, name)| self.resolved(&name, file)).transpose()
    }

    fn resolved(&self, stated: &str, file: &Path) -> Result<String, ComposeError> {
        let interpolated = interpolate(stated, &|name| self.environment.lookup(name));
        let name = interpolated.as_compose().map_err(|refusal| refused(refusal, file))?;
        let name = normalized(&name);
        match (name.is_empty(), interpolated.first_missing()) {
            (false, _) => Ok(name),
            (true, Some(variable)) => {
                let (variable, message) = (variable.to_owned(), "the project's name".to_owned());
                Err(ComposeError::UnresolvableVariable { variable, message })
            }
            (true, None) => Err(ComposeError::InvalidName { name: stated.to_owned() }),
        }
    }

    fn name_of(&mut self, file: &Path) -> Result<Option<String>, ComposeError> {
        let text = read_text(file)?;
        match yaml::documents::<Named>(&text) {
            Ok(documents) => Ok(documents.into_iter().rev().find_map(|document| document.name)),
            Err(fault) => {
                let line = fault.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                let (file, why) = (file.display(), fault.message);
                self.warnings.push(format!("{file} cannot be read whole{line}: {why}"));
                Ok(name_by_its_line(&text))
            }
        }
    }
}

fn refused(refusal: Refusal, file: &Path) -> ComposeError {
    match refusal {
        Refusal::Required { variable, message } => {
            ComposeError::UnresolvableVariable { variable, message }
        }
        Refusal::Invalid => ComposeError::BrokenFile {
            file: Some(file.to_owned()),
            line: None,
            message: "in `name`, a `${` begins no variable".to_owned(),
        },
    }
}

/// What a broken file says at the beginning of a line.
fn name_by_its_line(text: &str) -> Option<String> {
    let stated = text.lines().rev().find_map(|line| line.strip_prefix("name:"))?;
    let stated = stated.split(" #").next().unwrap_or(stated).trim();
    let quoted = |quote| stated.strip_prefix(quote)?.strip_suffix(quote);
    let name = quoted('"').or_else(|| quoted('\'')).unwrap_or(stated);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Lower-case letters, digits, `-` and `_` of a text, beginning with a letter or digit.
pub(super) fn normalized(name: &str) -> String {
    let kept = |letter: &char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_')
    };
    let name: String = name.to_lowercase().chars().filter(kept).collect();
    name.trim_start_matches(['-', '_']).to_owned()
}

fn base_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
