//! Which project name: `-p`, else `COMPOSE_PROJECT_NAME`, else `name:` of the last
//! file that has one, else the folder's name.

use std::path::{Path, PathBuf};

use super::files::is_remote;
use crate::{
    ComposeError,
    interpolation::{Refusal, interpolate},
    variables::{Variables, read_text},
    yaml::{NameDocument, read_documents},
};

/// The name from `-p` or `COMPOSE_PROJECT_NAME`.
pub(super) fn explicit_name(
    flag: Option<&str>,
    variables: &Variables,
) -> Result<Option<String>, ComposeError> {
    let flag = flag.filter(|name| !name.is_empty()).map(str::to_owned);
    let name = flag.or_else(|| variables.resolved("COMPOSE_PROJECT_NAME"));
    match name.filter(|name| !name.is_empty()) {
        Some(name) if name != normalize(&name) => Err(ComposeError::InvalidName { name }),
        name => Ok(name),
    }
}

/// The name of the last file with `name:`, after interpolation and normalisation.
pub(super) fn name_in_files(
    files: &[PathBuf],
    variables: &Variables,
    warnings: &mut Vec<String>,
) -> Result<Option<String>, ComposeError> {
    let mut last = None;
    for file in files.iter().filter(|file| !is_remote(file)) {
        if let Some(name) = read_name(file, warnings)?.filter(|name| !name.is_empty()) {
            last = Some((file, name));
        }
    }
    last.map(|(file, name)| resolve_name(&name, file, variables)).transpose()
}

/// The name that Compose derives from the project's folder.
pub(super) fn name_of_folder(folder: &Path) -> Result<String, ComposeError> {
    let name = normalize(&folder.file_name().unwrap_or_default().to_string_lossy());
    if name.is_empty() {
        return Err(ComposeError::NoName { folder: folder.to_owned() });
    }
    Ok(name)
}

fn resolve_name(text: &str, file: &Path, variables: &Variables) -> Result<String, ComposeError> {
    let interpolated = interpolate(text, &|name| variables.value_of(name));
    let name =
        interpolated.resolve_as_compose().map_err(|refusal| interpolation_error(refusal, file))?;
    let name = normalize(&name);
    match (name.is_empty(), interpolated.first_missing()) {
        (false, _) => Ok(name),
        (true, Some(variable)) => Err(ComposeError::UnresolvableVariable {
            variable: variable.to_owned(),
            message: "the project's name".to_owned(),
        }),
        (true, None) => Err(ComposeError::InvalidName { name: text.to_owned() }),
    }
}

fn interpolation_error(refusal: Refusal, file: &Path) -> ComposeError {
    match refusal {
        Refusal::Required { variable, message } => {
            ComposeError::UnresolvableVariable { variable, message }
        }
        Refusal::Invalid => ComposeError::BrokenFile {
            file: Some(file.to_owned()),
            line: None,
            message: "in `name`, a `${` does not start a valid variable".to_owned(),
        },
    }
}

fn read_name(file: &Path, warnings: &mut Vec<String>) -> Result<Option<String>, ComposeError> {
    let text = read_text(file)?;
    match read_documents::<NameDocument>(&text) {
        Ok(documents) => Ok(documents.into_iter().rev().find_map(|document| document.name)),
        Err(error) => {
            let line = error.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let (file, message) = (file.display(), error.message);
            warnings.push(format!("cannot read all of {file}{line}: {message}"));
            Ok(name_line(&text))
        }
    }
}

/// The value of the last line of a broken file that starts with `name:`.
fn name_line(text: &str) -> Option<String> {
    let value = text.lines().rev().find_map(|line| line.strip_prefix("name:"))?;
    let value = value.split(" #").next().unwrap_or(value).trim();
    let name = strip_quotes(value, '"').or_else(|| strip_quotes(value, '\'')).unwrap_or(value);
    (!name.is_empty()).then(|| name.to_owned())
}

fn strip_quotes(text: &str, quote: char) -> Option<&str> {
    text.strip_prefix(quote)?.strip_suffix(quote)
}

/// The lower-case letters, digits, `-` and `_` of a text, starting with a letter or
/// digit.
fn normalize(name: &str) -> String {
    let lower = name.to_lowercase();
    let valid = lower.chars().filter(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '-' | '_'));
    valid.collect::<String>().trim_start_matches(['-', '_']).to_owned()
}
