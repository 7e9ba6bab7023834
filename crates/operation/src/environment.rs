use std::{collections::BTreeMap, ffi::OsString, fmt, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use journal::{Holder, StateFolder};
use local_docker::EndpointChoice;
use report::Reporter;

use crate::OperationError;

/// Asks the user a question.
pub type Confirm = Arc<dyn Fn(&str) -> Confirmation + Send + Sync>;

/// The user's reply to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Go on.
    Yes,
    /// Anything else.
    No,
    /// Ctrl-C instead of a reply.
    Interrupted,
}

/// What an operation takes from the machine that it runs on. Programs fill it
/// from their process; tests and rehearsals fill it as they like.
#[derive(Clone)]
pub struct Environment {
    /// Variables, from which credentials are read.
    pub variables: BTreeMap<String, OsString>,
    /// Home folder, for `.pypirc`.
    pub home: Option<PathBuf>,
    /// Where journals are kept; `None` when neither flags nor variables name a folder.
    pub state: Option<StateFolder>,
    /// Which Docker Engine is used.
    pub engine: EndpointChoice,
    /// The Python that builds packages and makes clean environments.
    pub python: PathBuf,
    /// Receives events.
    pub reporter: Reporter,
    /// Asks the user a question; without it, no question is asked.
    pub confirm: Option<Confirm>,
    /// For tests of crash safety: the process kills itself after this many
    /// further records of the journal.
    pub kill_after: Option<usize>,
}

/// Variables hold secrets, so their values are not shown.
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
    /// Asks the user, if there is a terminal to ask on; else goes on.
    ///
    /// # Errors
    /// [`OperationError::Declined`], [`OperationError::Interrupted`].
    pub fn confirm(&self, question: &str) -> Result<(), OperationError> {
        match self.confirm.as_ref().map(|confirm| confirm(question)) {
            None | Some(Confirmation::Yes) => Ok(()),
            Some(Confirmation::No) => Err(OperationError::Declined),
            Some(Confirmation::Interrupted) => Err(OperationError::Interrupted),
        }
    }

    /// Asks before something that users do not expect; refused when there is no
    /// terminal to ask on. `action` is a gerund: `removing volumes`.
    ///
    /// # Errors
    /// Those of [`Environment::confirm`], [`OperationError::Usage`].
    pub fn require_confirmation(&self, action: &str, question: &str) -> Result<(), OperationError> {
        if self.confirm.is_none() {
            let problem =
                format!("{action} needs confirmation, but there is no terminal to ask on");
            return Err(OperationError::usage(problem, "add --yes"));
        }
        self.confirm(question)
    }

    /// A variable's value; an empty one counts as unset.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Where journals are kept.
    ///
    /// # Errors
    /// [`OperationError::Precondition`] when no folder is configured.
    pub fn state(&self) -> Result<&StateFolder, OperationError> {
        self.state.as_ref().ok_or_else(OperationError::no_state_folder)
    }

    /// Who works, for records: `ada on build-1`.
    #[must_use]
    pub fn performer(&self) -> String {
        let holder = self.lock_holder("");
        format!("{} on {}", holder.user, holder.host)
    }

    /// How this process introduces itself to others that want its lock.
    #[must_use]
    pub fn lock_holder(&self, operation: &str) -> Holder {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let user = self.variable("USER").or_else(|| self.variable("LOGNAME"));
        Holder {
            operation: operation.to_owned(),
            user: user
                .map_or_else(|| "unknown user".to_owned(), |user| user.to_string_lossy().into()),
            host: host.map_or_else(|| "this host".to_owned(), |host| host.trim().to_owned()),
            process: std::process::id(),
            // Nobody reads nanoseconds.
            since: whole_second(Timestamp::now()),
        }
    }
}

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
