//! What `config` says when it refuses a project, as an error with a place.

use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use crate::{ComposeError, ComposeProject, environment::read_text, yaml};

/// Reads what `config` printed on standard error.
pub(super) fn of_config(said: &str, project: &ComposeProject) -> ComposeError {
    let said = without_warnings(said);
    if let Some((variable, message)) = required_variable(&said) {
        return ComposeError::UnresolvableVariable { variable, message };
    }
    if let Some(file) = missing_file(&said) {
        return ComposeError::MissingFile { file };
    }
    if said.contains("yaml: ")
        && let Some(error) = project.files.iter().find_map(|file| no_yaml(file))
    {
        return error;
    }
    let (file, rest) = named_file(&said).unwrap_or_else(|| (only_file(project), &said));
    let (line, message) = stated_line(rest);
    ComposeError::BrokenFile { file, line, message: without_values(message) }
}

/// On one line, without what is logged beside it.
fn without_warnings(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !line.contains("level=")).collect();
    lines.join(" ")
}

fn required_variable(said: &str) -> Option<(String, String)> {
    let (_, rest) = said.split_once("required variable ")?;
    let (variable, rest) = rest.split_once(" is missing a value")?;
    Some((variable.to_owned(), rest.trim_start_matches(':').trim().to_owned()))
}

fn missing_file(said: &str) -> Option<PathBuf> {
    let between = |before: &str, after: &str| {
        let (_, rest) = said.split_once(before)?;
        rest.split_once(after).map(|(file, _)| PathBuf::from(file))
    };
    let found = between("env file ", " not found").or_else(|| {
        let (_, file) = said.split_once("Couldn't find env file: ")?;
        Some(file.into())
    });
    let gone = ": no such file or directory";
    found.or_else(|| between("open ", gone)).or_else(|| between("stat ", gone))
}

/// Compose's parser is often wrong about the line, and does not tell the file.
fn no_yaml(file: &Path) -> Option<ComposeError> {
    let fault = yaml::documents::<IgnoredAny>(&read_text(file).ok()?).err()?;
    let yaml::Fault { line, message } = fault;
    Some(ComposeError::BrokenFile { file: Some(file.to_owned()), line, message })
}

/// `validating FILE: …`, `failed to read FILE: …` and `FILE: yaml: …`.
fn named_file(said: &str) -> Option<(Option<PathBuf>, &str)> {
    let begun = ["validating ", "failed to read "].iter().find_map(|verb| said.strip_prefix(verb));
    let begun = begun.or_else(|| said.starts_with('/').then_some(said));
    let (file, rest) = begun?.split_once(": ")?;
    Some((Some(PathBuf::from(file)), rest))
}

fn only_file(project: &ComposeProject) -> Option<PathBuf> {
    match project.files.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The first line that is told, and what is said of it.
fn stated_line(said: &str) -> (Option<u64>, &str) {
    let stated = said.find("line ").and_then(|at| {
        let (digits, rest) = said[at + "line ".len()..].split_once(": ")?;
        Some((digits.parse().ok()?, rest))
    });
    stated.map_or((None, said), |(line, rest)| (Some(line), rest))
}

/// Some versions quote what they do not understand, and that may be a secret.
fn without_values(message: &str) -> String {
    const BEFORE_VALUES: [&str; 4] = [
        "invalid interpolation format",
        "in variable name",
        "unterminated quoted value",
        "Invalid template",
    ];
    for words in BEFORE_VALUES {
        let Some(at) = message.find(words) else { continue };
        let (kept, rest) = message.split_at(at + words.len());
        let place = rest.strip_prefix(" for ").and_then(|rest| rest.split([' ', ':', '"']).next());
        let place = place.map(|place| format!(" for {}", place.trim_end_matches('.')));
        return format!("{kept}{}", place.unwrap_or_default());
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(said: &str) -> ComposeError {
        of_config(
            said,
            &ComposeProject {
                name: "shop".into(),
                folder: "/srv".into(),
                files: vec!["/srv/compose.yaml".into()],
                profiles: Vec::new(),
                env_files: Vec::new(),
                warnings: Vec::new(),
            },
        )
    }

    #[test]
    fn what_compose_says_gets_its_place() {
        for (said, shown) in [
            (
                "time=\"x\" level=warning msg=\"obsolete\"\nvalidating /srv/more.yaml: \
                 services.web Additional property foo is not allowed\n",
                "/srv/more.yaml: services.web Additional property foo is not allowed",
            ),
            (
                "yaml: unmarshal errors:\n  line 4: mapping key \"web\" already defined at line 2",
                "/srv/compose.yaml, line 4: mapping key \"web\" already defined at line 2",
            ),
            (
                "service \"web\" refers to undefined network n: invalid compose project",
                "/srv/compose.yaml: service \"web\" refers to undefined network n: invalid compose \
                 project",
            ),
        ] {
            assert_eq!(refused(said).to_string(), shown);
        }
    }

    #[test]
    fn variables_that_are_demanded_and_files_that_are_missing_are_told_apart() {
        let said = "error while interpolating services.web.image: required variable TAG is missing \
                    a value: say which";
        assert_eq!(refused(said).to_string(), "variable `TAG` is not set (say which)");
        for said in [
            "env file /srv/a.env not found: stat /srv/a.env: no such file or directory",
            "Couldn't find env file: /srv/a.env",
            "open /srv/a.env: no such file or directory",
        ] {
            assert_eq!(refused(said).to_string(), "/srv/a.env does not exist", "{said}");
        }
    }

    #[test]
    fn values_that_compose_quotes_are_not_repeated() {
        for said in [
            "invalid interpolation format for services.web.environment.PASSWORD.\nYou may need to \
             escape any $ with another $.\nhush${",
            "invalid interpolation format for services.web.environment.PASSWORD: \"hush${\"",
            "failed to read /srv/.env: line 1: unexpected character \"+\" in variable name \"A+=hush\"",
            "failed to read /srv/.env: line 1: unterminated quoted value \"hush",
            "failed to read /srv/.env: Invalid template: \"hush${X\"",
        ] {
            let shown = refused(said).to_string();
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains("PASSWORD") || shown.contains("/srv/.env"), "{shown}");
        }
    }
}
