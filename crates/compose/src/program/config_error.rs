//! Turns the message with which `config` refuses a project into an error with a
//! location.

use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use crate::{ComposeError, ComposeProject, variables::read_text, yaml};

/// The error for what `config` printed on standard error.
pub(super) fn config_error(stderr: &str, project: &ComposeProject) -> ComposeError {
    let message = without_log_lines(stderr);
    if let Some((variable, message)) = required_variable(&message) {
        return ComposeError::UnresolvableVariable { variable, message };
    }
    if let Some(file) = missing_file(&message) {
        return ComposeError::MissingFile { file };
    }
    if message.contains("yaml: ")
        && let Some(error) = project.files.iter().find_map(|file| syntax_error(file))
    {
        return error;
    }
    let (file, rest) = named_file(&message).unwrap_or_else(|| (only_file(project), &message));
    let (line, message) = split_line_number(rest);
    ComposeError::BrokenFile { file, line, message: without_values(message) }
}

/// The message on one line, without log lines.
fn without_log_lines(stderr: &str) -> String {
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !line.contains("level=")).collect();
    lines.join(" ")
}

fn required_variable(message: &str) -> Option<(String, String)> {
    let (_, rest) = message.split_once("required variable ")?;
    let (variable, rest) = rest.split_once(" is missing a value")?;
    Some((variable.to_owned(), rest.trim_start_matches(':').trim().to_owned()))
}

fn missing_file(message: &str) -> Option<PathBuf> {
    const NOT_FOUND: &str = ": no such file or directory";
    let env_file = text_between(message, "env file ", " not found");
    let env_file =
        env_file.or_else(|| message.split_once("Couldn't find env file: ").map(|(_, file)| file));
    let file = env_file.or_else(|| text_between(message, "open ", NOT_FOUND));
    file.or_else(|| text_between(message, "stat ", NOT_FOUND)).map(PathBuf::from)
}

fn text_between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// Compose's parser often gives the wrong line, and does not name the file.
fn syntax_error(file: &Path) -> Option<ComposeError> {
    let error = yaml::read_documents::<IgnoredAny>(&read_text(file).ok()?).err()?;
    let yaml::YamlError { line, message } = error;
    Some(ComposeError::BrokenFile { file: Some(file.to_owned()), line, message })
}

/// `validating FILE: …`, `failed to read FILE: …` and `FILE: yaml: …`.
fn named_file(message: &str) -> Option<(Option<PathBuf>, &str)> {
    let after_verb =
        ["validating ", "failed to read "].iter().find_map(|verb| message.strip_prefix(verb));
    let start = after_verb.or_else(|| message.starts_with('/').then_some(message));
    let (file, rest) = start?.split_once(": ")?;
    Some((Some(PathBuf::from(file)), rest))
}

fn only_file(project: &ComposeProject) -> Option<PathBuf> {
    match project.files.as_slice() {
        [file] => Some(file.clone()),
        _ => None,
    }
}

/// The first line number of a message, and the message about that line.
fn split_line_number(message: &str) -> (Option<u64>, &str) {
    let numbered = message.find("line ").and_then(|at| {
        let (digits, rest) = message[at + "line ".len()..].split_once(": ")?;
        Some((digits.parse().ok()?, rest))
    });
    numbered.map_or((None, message), |(line, rest)| (Some(line), rest))
}

/// Some versions quote what they do not understand, and that may be a secret.
fn without_values(message: &str) -> String {
    const BEFORE_VALUES: [&str; 4] = [
        "invalid interpolation format",
        "in variable name",
        "unterminated quoted value",
        "Invalid template",
    ];
    for phrase in BEFORE_VALUES {
        let Some(at) = message.find(phrase) else { continue };
        let (kept, rest) = message.split_at(at + phrase.len());
        let key = rest.strip_prefix(" for ").and_then(|rest| rest.split([' ', ':', '"']).next());
        let key = key.map(|key| format!(" for {}", key.trim_end_matches('.')));
        return format!("{kept}{}", key.unwrap_or_default());
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(stderr: &str) -> ComposeError {
        config_error(
            stderr,
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
    fn messages_of_compose_get_their_location() {
        for (stderr, shown) in [
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
            assert_eq!(refused(stderr).to_string(), shown);
        }
    }

    #[test]
    fn required_variables_and_missing_files_are_recognised() {
        let stderr = "error while interpolating services.web.image: required variable TAG is missing \
                    a value: say which";
        assert_eq!(refused(stderr).to_string(), "variable `TAG` is not set (say which)");
        for stderr in [
            "env file /srv/a.env not found: stat /srv/a.env: no such file or directory",
            "Couldn't find env file: /srv/a.env",
            "open /srv/a.env: no such file or directory",
        ] {
            assert_eq!(refused(stderr).to_string(), "/srv/a.env does not exist", "{stderr}");
        }
    }

    #[test]
    fn values_that_compose_quotes_are_not_repeated() {
        for stderr in [
            "invalid interpolation format for services.web.environment.PASSWORD.\nYou may need to \
             escape any $ with another $.\nhush${",
            "invalid interpolation format for services.web.environment.PASSWORD: \"hush${\"",
            "failed to read /srv/.env: line 1: unexpected character \"+\" in variable name \"A+=hush\"",
            "failed to read /srv/.env: line 1: unterminated quoted value \"hush",
            "failed to read /srv/.env: Invalid template: \"hush${X\"",
        ] {
            let shown = refused(stderr).to_string();
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains("PASSWORD") || shown.contains("/srv/.env"), "{shown}");
        }
    }
}
