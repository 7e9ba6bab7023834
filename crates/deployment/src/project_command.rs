//! Commands of the project, on the machine that deploys.

use std::{path::PathBuf, time::Duration};

use configuration::Argv;
use process::{Command, Output, ProcessError};
use report::RunningStep;

/// The backup that a deployment made, for the commands after it.
pub(crate) const BACKUP_VARIABLE: &str = "TIDEGATE_BACKUP";
/// How the deployment ended, for its hooks: `pending`, `succeeded`, `failed`.
pub(crate) const OUTCOME_VARIABLE: &str = "TIDEGATE_OUTCOME";
/// Why it failed.
pub(crate) const REASON_VARIABLE: &str = "TIDEGATE_REASON";

/// How commands of the project run: where, and with what a deployment is about in their
/// environment. They get no credentials for publishing.
#[derive(Debug, Clone)]
pub(crate) struct ProjectCommands {
    pub(crate) folder: PathBuf,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl ProjectCommands {
    /// The same, with one more variable.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Runs a command to its end.
    pub(crate) async fn run(
        &self,
        argv: &Argv,
        timeout: Duration,
        progress: &RunningStep,
    ) -> Result<Output, ProcessError> {
        let command = self.command(argv).timeout(timeout);
        command.stream(|line| progress.line(line.text())).await
    }

    fn command(&self, argv: &Argv) -> Command {
        let mut arguments = argv.argv().iter();
        let program = arguments.next().map_or("", String::as_str);
        let local = self.folder.join(program);
        let is_local = program.contains('/') && local.is_file();
        let program = if is_local { local } else { program.into() };
        let command = Command::new(program).args(arguments).folder(&self.folder);
        let command = command.summary(argv.line()).without_publishing_credentials();
        let variables = self.variables.iter();
        variables.fold(command, |command, (name, value)| command.env(name, value))
    }
}
