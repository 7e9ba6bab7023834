use std::{collections::BTreeMap, ffi::OsString, fmt, path::PathBuf, sync::Arc};

use journal::StateFolder;
use local_docker::EndpointChoice;
use report::Reporter;

use crate::OperationError;

/// Asks a person a question and says whether the answer was yes.
pub type Confirm = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// What a person says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Anything else.
    No,
    /// Ctrl-C instead of an answer.
    Interrupted,
}

/// What an operation takes from the machine that it runs on. Programs fill it
/// from the process; tests and rehearsals fill it as they like.
#[derive(Clone)]
pub struct Environment {
    /// Variables, from which credentials are read.
    pub variables: BTreeMap<String, OsString>,
    /// Home folder, for `.pypirc`.
    pub home: Option<PathBuf>,
    /// Where journals are kept.
    pub state: StateFolder,
    /// Which Docker Engine is used.
    pub engine: EndpointChoice,
    /// The Python that builds packages and makes clean environments.
    pub python: PathBuf,
    /// Where events go.
    pub reporter: Reporter,
    /// Asks a person a question; nobody is asked without it.
    pub confirm: Option<Confirm>,
    /// For tests of crash safety: the process kills itself after this many
    /// further records of the journal.
    pub kill_after: Option<usize>,
}

/// Variables hold secrets: their values are not shown.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("state", &self.state)
            .field("python", &self.python)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Asks, where somebody is there to be asked.
    ///
    /// # Errors
    /// [`OperationError::Declined`], [`OperationError::Interrupted`].
    pub(crate) fn ask(&self, question: &str) -> Result<(), OperationError> {
        match self.confirm.as_ref().map(|ask| ask(question)) {
            None | Some(Answer::Yes) => Ok(()),
            Some(Answer::No) => Err(OperationError::Declined),
            Some(Answer::Interrupted) => Err(OperationError::Interrupted),
        }
    }

    /// Asks before what goes further than anybody would expect; without anybody
    /// to be asked it is refused.
    ///
    /// # Errors
    /// Those of [`Environment::ask`], [`OperationError::Usage`].
    pub(crate) fn agree(&self, to: &str, question: &str) -> Result<(), OperationError> {
        if self.confirm.is_none() {
            let problem = format!("nobody is there to agree to {to}");
            return Err(OperationError::usage(problem, "say --yes"));
        }
        self.ask(question)
    }

    /// A variable's value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }
}
