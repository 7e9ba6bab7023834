use std::{ffi::OsString, time::Duration};

use process::ProcessError;

use crate::{
    PythonError, mentions_version, output_line::OnLine, virtual_environment::VirtualEnvironment,
};

/// How long an import or a command may take.
const RUN_TIMEOUT: Duration = Duration::from_secs(60);

/// A command to run after the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandCheck {
    /// Program and arguments; a program of the environment comes first.
    pub argv: Vec<String>,
    /// Spellings of the version, one of which must be printed; empty if running
    /// without an error is enough (`--help`).
    pub prints: Vec<String>,
}

impl CommandCheck {
    /// Runs the command and returns its output.
    pub(super) async fn run_in(
        &self,
        environment: &VirtualEnvironment,
        on_line: OnLine<'_>,
    ) -> Result<String, PythonError> {
        let (program, arguments) = self.argv.split_first().map_or(("", &[][..]), |(p, a)| (p, a));
        let installed = environment.scripts().join(program);
        let program: OsString = if installed.is_file() { installed.into() } else { program.into() };
        let command = environment.program(program).args(arguments).timeout(RUN_TIMEOUT);
        let command = command.summary(format!("cannot run `{}`", self.line()));
        match command.stream(on_line).await {
            Ok(output) => {
                self.check_printed(format!("{}{}", output.stdout_text(), output.stderr_text()))
            }
            Err(error) => {
                let tail = failure_tail(error)?;
                Err(PythonError::CommandFailed { command: self.line(), tail })
            }
        }
    }

    fn check_printed(&self, printed: String) -> Result<String, PythonError> {
        let mentioned = self.prints.iter().any(|version| mentions_version(&printed, version));
        if mentioned || self.prints.is_empty() {
            return Ok(printed);
        }
        let (command, version) = (self.line(), self.prints.join(" or "));
        let printed = printed.trim().chars().take(200).collect();
        Err(PythonError::OtherVersionPrinted { command, version, printed })
    }

    fn line(&self) -> String {
        self.argv.join(" ")
    }
}

pub(super) async fn check_import(
    environment: &VirtualEnvironment,
    module: &str,
    on_line: OnLine<'_>,
) -> Result<(), PythonError> {
    let script = "import importlib, sys; importlib.import_module(sys.argv[1])";
    let import = environment.python().args(["-I", "-c", script, module]);
    let import = import.summary(format!("cannot import {module}")).timeout(RUN_TIMEOUT);
    match import.stream(on_line).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let tail = failure_tail(error)?;
            Err(PythonError::ImportFailed { module: module.to_owned(), tail })
        }
    }
}

/// The last lines of a failed program; any other error stays an error.
fn failure_tail(error: ProcessError) -> Result<String, PythonError> {
    match error {
        ProcessError::Failed { tail, .. } => Ok(tail),
        ProcessError::NotFound { .. } => Ok("there is no such program".to_owned()),
        other => Err(other.into()),
    }
}
