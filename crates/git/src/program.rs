use std::{
    ffi::{OsStr, OsString},
    path::Path,
    time::Duration,
};

use process::{Command, Output};

use crate::{GitError, redact::without_credentials};

/// How long a command that connects to a remote may take.
pub(crate) const REMOTE_TIMEOUT: Duration = Duration::from_secs(300);

/// Variables by which a calling git (a hook, an alias) ties its children to
/// its own repository (git documentation, "githooks").
const REPOSITORY_VARIABLES: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// How the git program is run: with the user's configuration and with
/// variables that the caller adds.
#[derive(Debug, Clone, Default)]
pub struct Git {
    env: Vec<(OsString, OsString)>,
}

impl Git {
    /// Git with the environment of this process.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable, for instance `GIT_CONFIG_GLOBAL` to use another
    /// configuration than the user's.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// A git command in a folder. `purpose` follows "cannot " in errors.
    pub(crate) fn command_in(&self, folder: &Path, purpose: &str) -> Invocation {
        let mut command = Command::new("git")
            .folder(folder)
            .summary(format!("cannot {purpose}"))
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .arg("--no-pager");
        for name in REPOSITORY_VARIABLES {
            command = command.without_env(name);
        }
        for (name, value) in &self.env {
            command = command.env(name, value);
        }
        Invocation { command, purpose: purpose.to_owned() }
    }
}

/// A path as a pathspec that matches nothing else. `GIT_LITERAL_PATHSPECS`
/// would do the same for all paths, but hooks would inherit it.
pub(crate) fn literal_pathspec(path: &str) -> String {
    format!(":(literal){path}")
}

/// One git command with its purpose for errors.
pub(crate) struct Invocation {
    command: Command,
    purpose: String,
}

impl Invocation {
    pub(crate) fn args(self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self { command: self.command.args(args), ..self }
    }

    pub(crate) fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    /// Git goes on when this process is interrupted.
    pub(crate) fn uninterrupted(self) -> Self {
        Self { command: self.command.uninterrupted(), ..self }
    }

    pub(crate) fn input(self, text: &str) -> Self {
        Self { command: self.command.stdin(text.into()), ..self }
    }

    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        Self { command: self.command.env(name, value), ..self }
    }

    pub(crate) fn timeout(self, limit: Duration) -> Self {
        Self { command: self.command.timeout(limit), ..self }
    }

    /// Runs; any exit code but 0 is an error.
    pub(crate) async fn output(self) -> Result<GitOutput, GitError> {
        let output = self.outcome().await?;
        if output.success() { Ok(output) } else { Err(output.to_error()) }
    }

    /// Runs; the caller interprets the exit code.
    pub(crate) async fn outcome(self) -> Result<GitOutput, GitError> {
        let output = self.command.outcome().await?;
        Ok(GitOutput { output, purpose: self.purpose })
    }
}

/// What a git command printed and how it ended.
pub(crate) struct GitOutput {
    output: Output,
    purpose: String,
}

impl GitOutput {
    pub(crate) fn success(&self) -> bool {
        self.output.success()
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.code
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.output.stdout
    }

    pub(crate) fn text(&self) -> String {
        self.output.stdout_text()
    }

    /// Standard output without the newline that ends it.
    pub(crate) fn line(&self) -> String {
        let text = self.text();
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    /// Git's message for people, without credentials.
    pub(crate) fn message(&self) -> String {
        without_credentials(&self.output.tail())
    }

    pub(crate) fn to_error(&self) -> GitError {
        let (purpose, code) = (self.purpose.clone(), self.code());
        GitError::Failed { purpose, code, message: self.message() }
    }

    /// The error for output of another format than documented.
    pub(crate) fn unexpected(&self, part: impl Into<String>) -> GitError {
        GitError::UnexpectedOutput { purpose: self.purpose.clone(), part: part.into() }
    }
}
