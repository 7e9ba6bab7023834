use std::{io, path::PathBuf};

use process::ProcessError;

/// Why a Compose project cannot be found, read or worked on.
/// [`ComposeError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// No Compose file is there, neither in the folder nor above it.
    #[error("no Compose file in {} or above it", folder.display())]
    NoFile {
        /// Where the search began.
        folder: PathBuf,
    },
    /// A file that was named is not there.
    #[error("{} does not exist", file.display())]
    MissingFile {
        /// The file: a Compose file or one with variables.
        file: PathBuf,
    },
    /// A file is there and cannot be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A Compose file is not what Compose accepts.
    #[error("{}{message}", place(file.as_ref(), *line))]
    BrokenFile {
        /// The file, where it is known.
        file: Option<PathBuf>,
        /// The line in it, where it is known; the first is 1.
        line: Option<u64>,
        /// Compose's words, or the parser's.
        message: String,
    },
    /// A file with variables (`.env`) breaks the rules. No value is quoted.
    #[error("{}{message}", place(Some(file), Some(*line)))]
    BrokenEnvFile {
        /// The file.
        file: PathBuf,
        /// The line in it; the first is 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A variable without which the project cannot be read is not set.
    #[error("variable `{variable}` is not set{}", demand(message))]
    UnresolvableVariable {
        /// Its name.
        variable: String,
        /// What the file says about it: `${VARIABLE:?message}`.
        message: String,
    },
    /// A variable of Compose's own has a value that Compose does not accept.
    #[error("`{value}` is no value for {variable}")]
    InvalidSetting {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// The name is not one that Compose gives to a project.
    #[error("`{name}` is no name for a Compose project")]
    InvalidName {
        /// As it was said.
        name: String,
    },
    /// The folder has no letter or digit to make a name of.
    #[error("no name for the Compose project can be made of the folder {}", folder.display())]
    NoName {
        /// The project's folder.
        folder: PathBuf,
    },
    /// `-f -`: the file would come from standard input.
    #[error("a Compose file cannot be read from standard input")]
    StandardInput,
    /// Neither the plugin nor the program is there.
    #[error("docker compose is not installed")]
    NotInstalled,
    /// Compose 1 cannot tell its model.
    #[error("docker-compose {version} is too old to tell its services")]
    TooOldForModel {
        /// Version of the installed program.
        version: String,
    },
    /// Compose is there and could not be run to its end.
    #[error("cannot run {}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// The reason.
        #[source]
        source: Box<ProcessError>,
    },
    /// Compose's answer is not of the documented format.
    #[error("the answer of docker compose has an unexpected format")]
    UnexpectedModel(#[source] serde_json::Error),
}

/// `/srv/compose.yaml, line 3: `, as far as it is known.
fn place(file: Option<&PathBuf>, line: Option<u64>) -> String {
    let file = file.map(|file| file.display().to_string());
    let line = line.map(|line| format!("line {line}"));
    let place: Vec<String> = file.into_iter().chain(line).collect();
    if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) }
}

fn demand(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}
