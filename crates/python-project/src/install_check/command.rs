use std::ffi::OsString;

use super::installed_package::{RUN_TIMEOUT, failure_tail};
use crate::{
    PythonError, mentions_version, output_line::OnLine, virtual_environment::VirtualEnvironment,
};

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

    pub(super) fn line(&self) -> String {
        self.argv.join(" ")
    }
}
