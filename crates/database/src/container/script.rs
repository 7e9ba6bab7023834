//! How a tool is started by the shell of its container, so that secrets stay where they are.

use secrecy::{ExposeSecret as _, SecretString};

use super::ToolFailure;
use crate::error::DatabaseError;

/// A tool of a server, and what to do around it. The container's own variables and files hold
/// its secrets: they are read by the shell in the container and never leave it.
#[derive(Clone)]
pub(crate) struct Tool {
    /// For errors: `dump database app`.
    pub(crate) doing: String,
    /// Shell commands before the tool, which set its environment. `$1` is `subject`.
    pub(crate) prelude: &'static str,
    /// What `$1` of the prelude is: a name, never a secret.
    pub(crate) subject: String,
    /// The tool and its arguments, which everybody on the engine can see.
    pub(crate) arguments: Vec<String>,
    /// Lines that the prelude reads from the input.
    pub(crate) secrets: Vec<SecretString>,
    /// What a failure means.
    pub(crate) interpret: fn(ToolFailure) -> DatabaseError,
    /// Printed after a tool that succeeded, when its output is an archive.
    pub(crate) end_mark: Option<String>,
}

/// The tool has the rest of the input.
const DIRECT: &str = r#"shift 2
exec "$@""#;

/// Runs a tool that has no input, and ends it when nobody reads its output any more: the engine
/// closes the input then, while the tool would wait for ever with its transaction open. After
/// success it prints the mark, by which a whole output is recognised.
///
/// No process may be left over: it would become a child of the container's first process, and
/// PostgreSQL restarts all its sessions when a child of it ends by a signal.
const WATCHED: &str = r#"mark=$2
shift 2
command -v "$1" >/dev/null || { echo "no program $1" >&2; exit 127; }
exec 3<&0
"$@" </dev/null 3<&- &
tool=$!
{ while IFS= read -r line; do :; done <&3; kill "$tool"; } >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$tool"
status=$?
kill "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
[ "$status" != 0 ] || printf '%s' "$mark"
exit "$status""#;

impl Tool {
    /// A tool without a login and without anything before it.
    pub(crate) fn new(
        doing: &str,
        arguments: &[impl AsRef<str>],
        interpret: fn(ToolFailure) -> DatabaseError,
    ) -> Self {
        Self {
            doing: doing.to_owned(),
            prelude: "",
            subject: String::new(),
            arguments: arguments.iter().map(|argument| argument.as_ref().to_owned()).collect(),
            secrets: Vec::new(),
            interpret,
            end_mark: None,
        }
    }

    /// The tool with an end mark that nothing in its output can equal by chance.
    pub(super) fn with_end_mark(mut self) -> (Self, String) {
        let mark = format!("tidegate-end-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        self.end_mark = Some(mark.clone());
        (self, mark)
    }

    pub(super) fn command_line(&self) -> Vec<String> {
        let ending = if self.end_mark.is_some() { WATCHED } else { DIRECT };
        let script = format!("{}\n{ending}", self.prelude);
        let mark = self.end_mark.as_deref().unwrap_or_default();
        let start = ["sh", "-c", &script, "tidegate", &self.subject, mark];
        start.into_iter().map(str::to_owned).chain(self.arguments.clone()).collect()
    }

    pub(super) fn secret_lines(&self) -> SecretString {
        let lines = self.secrets.iter().map(|secret| format!("{}\n", secret.expose_secret()));
        lines.collect::<String>().into()
    }

    pub(crate) fn program(&self) -> &str {
        self.arguments.first().map_or("sh", String::as_str)
    }
}
