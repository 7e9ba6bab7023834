use std::io;

use process::ProcessError;

use super::problem::SshProblem;

/// Why a connection to an engine could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct SshError {
    pub(crate) problem: SshProblem,
    /// The last lines that ssh or the remote program printed.
    pub(crate) output: String,
}

impl SshError {
    pub(super) fn from_io(error: &io::Error) -> Self {
        match process_error(error) {
            Some(error) => Self::from_process(error),
            None => Self { problem: SshProblem::Failed, output: error.to_string() },
        }
    }

    pub(super) fn from_process(error: &ProcessError) -> Self {
        match error {
            ProcessError::NotFound { .. } => {
                Self { problem: SshProblem::NoProgram, output: String::new() }
            }
            ProcessError::Failed { code, tail, .. } => {
                Self { problem: SshProblem::of_exit(*code, tail), output: tail.clone() }
            }
            other => Self { problem: SshProblem::Failed, output: other.to_string() },
        }
    }
}

/// The failure of the child that an error of its stream has in it.
pub(crate) fn process_error(error: &io::Error) -> Option<&ProcessError> {
    error.get_ref()?.downcast_ref()
}
