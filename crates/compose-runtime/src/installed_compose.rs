//! The installed Compose, run on a project with its output followed line by line.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use compose::{ComposeError, ComposeProject, Model, Program};
use local_docker::Engine;
use operation::{ComposeSelection, Environment, error_chain};
use process::{Command, ProcessError};

use crate::{
    compose_output::{ComposeOutput, ResourceProgress},
    selection::surroundings,
};

/// The installed Compose with the variables that select the engine.
#[derive(Debug, Clone)]
pub struct InstalledCompose {
    program: Program,
    variables: Vec<(&'static str, Option<String>)>,
}

impl InstalledCompose {
    /// `variables` are set (or removed, if `None`) for every run; they select the
    /// engine.
    #[must_use]
    pub fn new(program: Program, variables: Vec<(&'static str, Option<String>)>) -> Self {
        Self { program, variables }
    }

    /// Finds the installed Compose for an engine; one that prints models.
    ///
    /// # Errors
    /// [`ComposeError::NotInstalled`], [`ComposeError::TooOldForModel`], and those of
    /// [`Program::detect`].
    pub async fn detect(
        selection: &ComposeSelection,
        environment: &Environment,
        engine: &Engine,
    ) -> Result<Self, ComposeError> {
        let program = Program::detect(&surroundings(selection, environment)).await?;
        let program = program.ok_or(ComposeError::NotInstalled)?;
        if program.is_legacy() {
            return Err(ComposeError::TooOldForModel { version: program.version().to_owned() });
        }
        Ok(Self::new(program, engine.endpoint().environment()))
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The same variables with another program.
    #[must_use]
    pub fn with_program(&self, program: Program) -> Self {
        Self { program, variables: self.variables.clone() }
    }

    /// The project as Compose resolves it.
    ///
    /// # Errors
    /// Those of [`Program::model`].
    pub async fn model(
        &self,
        project: &ComposeProject,
        all_profiles: bool,
    ) -> Result<Model, ComposeError> {
        self.program.model(project, &self.variables, all_profiles).await
    }

    /// The hash of each active service's configuration, as Compose writes it on
    /// containers.
    ///
    /// # Errors
    /// Those of [`Program::configuration_hashes`].
    pub async fn configuration_hashes(
        &self,
        project: &ComposeProject,
    ) -> Result<BTreeMap<String, String>, ComposeError> {
        self.program.configuration_hashes(project, &self.variables).await
    }

    /// A command that runs Compose on this project, without progress bars and
    /// colours; the caller adds the subcommand.
    #[must_use]
    pub fn command_for(&self, project: &ComposeProject) -> Command {
        let command = self.program.command_for(project, &self.variables);
        command.env("COMPOSE_PROGRESS", "plain").env("COMPOSE_ANSI", "never")
    }
}

/// Runs a command of Compose to its end; `on_line` gets every line that it prints.
/// When the future is dropped, Compose is killed.
///
/// # Errors
/// [`ComposeRunError`] when Compose does not run, or ends with an error.
pub async fn run_compose(command: &Command, on_line: impl Fn(&str)) -> Result<(), ComposeRunError> {
    let reason = Mutex::new(None);
    let output = command.stream(|line| {
        let line = line.text();
        on_line(line);
        if let ComposeOutput::Message(message) = ComposeOutput::from_line(line)
            && !message.is_empty()
        {
            *reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.to_owned());
        }
    });
    let ended = output.await;
    let reason = reason.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.map(drop).map_err(|source| ComposeRunError { reason, source })
}

/// Why Compose did not do what it was run for.
#[derive(Debug)]
pub struct ComposeRunError {
    /// The last message that it printed.
    reason: Option<String>,
    source: ProcessError,
}

impl ComposeRunError {
    /// Whether Compose could not be started at all.
    #[must_use]
    pub fn is_start_failure(&self) -> bool {
        matches!(self.source, ProcessError::NotFound { .. } | ProcessError::Io { .. })
    }

    /// The exit code and the last messages that Compose printed, without its
    /// progress.
    #[must_use]
    pub fn exit_message(&self) -> String {
        let ProcessError::Failed { summary, code: Some(code), tail, .. } = &self.source else {
            return error_chain(&self.source);
        };
        let messages: Vec<&str> =
            tail.lines().filter(|line| !is_removal_progress(line)).map(str::trim).collect();
        format!("{summary} ended with exit code {code}: {}", messages.join("; "))
    }
}

fn is_removal_progress(line: &str) -> bool {
    ResourceProgress::from_line(line).is_some_and(|progress| progress.removal().is_some())
}

impl fmt::Display for ComposeRunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "docker compose: {reason}"),
            None => f.write_str(&error_chain(&self.source)),
        }
    }
}

impl std::error::Error for ComposeRunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run_script(script: &str) -> Result<(), ComposeRunError> {
        let command = Command::new("sh").args(["-c", script]).summary("docker compose down");
        run_compose(&command, |_| ()).await
    }

    #[tokio::test]
    async fn the_last_message_is_the_reason_of_a_failure() {
        let script = "echo 'first'; echo 'it broke' >&2; echo ' Container a  Stopped' >&2; exit 3";
        let error = run_script(script).await.unwrap_err();
        assert_eq!(error.to_string(), "docker compose: it broke");
        let exit = "docker compose down ended with exit code 3: it broke";
        assert_eq!(error.exit_message(), exit);
        assert!(!error.is_start_failure());
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_a_start_failure() {
        let command = Command::new("/nonexistent/docker-compose");
        let error = run_compose(&command, |_| ()).await.unwrap_err();
        assert!(error.is_start_failure());
    }
}
