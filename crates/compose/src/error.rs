use std::{io, path::PathBuf};

use process::ProcessError;

/// Why a Compose project cannot be found, read or worked on.
/// [`ComposeError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// There is no Compose file in the folder or above it.
    #[error("no Compose file in {} or above it", folder.display())]
    NoFile {
        /// The folder where the search started.
        folder: PathBuf,
    },
    /// A file that was named does not exist.
    #[error("{} does not exist", file.display())]
    MissingFile {
        /// A Compose file or an env file.
        file: PathBuf,
    },
    /// A file exists but cannot be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// Compose does not accept a Compose file.
    #[error("{}{message}", location_prefix(file.as_ref(), *line))]
    BrokenFile {
        /// The file, if known.
        file: Option<PathBuf>,
        /// The line, if known; the first line is 1.
        line: Option<u64>,
        /// The message of Compose or of the parser.
        message: String,
    },
    /// An env file (`.env`) is malformed. No value is quoted.
    #[error("{}{message}", location_prefix(Some(file), Some(*line)))]
    BrokenEnvFile {
        /// The file.
        file: PathBuf,
        /// The line; the first line is 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A variable that the project requires is not set.
    #[error("variable `{variable}` is not set{}", in_parentheses(message))]
    UnresolvableVariable {
        /// The variable's name.
        variable: String,
        /// The message in the file: `${VARIABLE:?message}`.
        message: String,
    },
    /// Compose does not accept the value of one of its own variables.
    #[error("invalid value `{value}` for {variable}")]
    InvalidSetting {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// Compose does not accept this project name.
    #[error("`{name}` is not a valid name for a Compose project")]
    InvalidName {
        /// The rejected name.
        name: String,
    },
    /// The folder's name has no letter or digit to derive a project name from.
    #[error("cannot derive a project name from the folder {}", folder.display())]
    NoName {
        /// The project's folder.
        folder: PathBuf,
    },
    /// `-f -`: the file would come from standard input.
    #[error("cannot read a Compose file from standard input")]
    StandardInput,
    /// Neither the Docker plugin nor `docker-compose` is installed.
    #[error("docker compose is not installed")]
    NotInstalled,
    /// Compose 1 cannot print its model.
    #[error("docker-compose {version} is too old to list the services of a project")]
    TooOldForModel {
        /// Version of the installed program.
        version: String,
    },
    /// Compose is installed but did not run.
    #[error("cannot run {}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// The reason.
        #[source]
        source: Box<ProcessError>,
    },
    /// The model that Compose printed does not have the documented format.
    #[error("docker compose printed its model in an unexpected format")]
    UnexpectedModel(#[source] serde_json::Error),
}

impl ComposeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoFile { .. } => {
                "go to the project's folder, or name the file with -f or COMPOSE_FILE"
            }
            Self::MissingFile { .. } => "check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES",
            Self::BrokenFile { .. } => {
                "correct the file; `docker compose config --quiet` checks it"
            }
            Self::BrokenEnvFile { .. } => {
                "write each line as NAME=value, NAME='value' or # comment"
            }
            Self::UnresolvableVariable { .. } => {
                "set the variable, add it to .env, or name a file that has it with --env-file"
            }
            Self::InvalidSetting { .. } => "set it to true or false, or unset it",
            Self::InvalidName { .. } => {
                "use lower-case letters, digits, `-` and `_`, starting with a letter or digit"
            }
            Self::NoName { .. } => "name the project with -p, COMPOSE_PROJECT_NAME or `name:`",
            Self::StandardInput => "write it to a file and name that file with -f",
            Self::NotInstalled => {
                "install the Docker plugin compose (package docker-compose-plugin)"
            }
            Self::TooOldForModel { .. } => "install Docker Compose 2 or newer",
            Self::Unusable { .. } => "run `docker compose version` to see what is wrong",
            Self::UnexpectedModel(_) => "install another version of Docker Compose",
            Self::Unreadable { .. } => return None,
        })
    }
}

/// `/srv/compose.yaml, line 3: `, as far as it is known.
fn location_prefix(file: Option<&PathBuf>, line: Option<u64>) -> String {
    let file = file.map(|file| file.display().to_string());
    let line = line.map(|line| format!("line {line}"));
    let parts: Vec<String> = file.into_iter().chain(line).collect();
    if parts.is_empty() { String::new() } else { format!("{}: ", parts.join(", ")) }
}

fn in_parentheses(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}
