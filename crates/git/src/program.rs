use std::{
    ffi::{OsStr, OsString},
    path::Path,
    time::Duration,
};

use process::{Command, Output};

use crate::{GitError, Repository, redact::without_credentials};

/// How long a conversation with a remote may take.
const REMOTE_PATIENCE: Duration = Duration::from_secs(300);

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

/// How the git program is run: the user's own configuration, plus variables
/// that the caller adds.
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

    /// Adds a variable, for instance `GIT_CONFIG_GLOBAL` for a configuration
    /// of one's own.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The repository whose work tree holds `folder`.
    ///
    /// # Errors
    /// [`GitError::NotAWorkTree`], [`GitError::Program`].
    pub async fn discover(&self, folder: impl AsRef<Path>) -> Result<Repository, GitError> {
        Repository::open(self.clone(), folder.as_ref()).await
    }

    pub(crate) fn run_in(&self, folder: &Path, purpose: &str) -> Invocation {
        let plain = Command::new("git")
            .folder(folder)
            .summary(format!("cannot {purpose}"))
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .arg("--no-pager");
        let free =
            REPOSITORY_VARIABLES.iter().fold(plain, |command, name| command.without_env(name));
        let command = self.env.iter().fold(free, |command, (name, value)| command.env(name, value));
        Invocation { command, purpose: purpose.to_owned() }
    }
}

/// A path as a pathspec that matches nothing else. The environment could say
/// so for all paths, but hooks would inherit it.
pub(crate) fn literal(path: &str) -> String {
    format!(":(literal){path}")
}

/// One git command with the purpose that errors tell.
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

    pub(crate) fn input(self, text: &str) -> Self {
        Self { command: self.command.stdin(text.into()), ..self }
    }

    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        Self { command: self.command.env(name, value), ..self }
    }

    /// Allows for the time that a network needs.
    pub(crate) fn patient(self) -> Self {
        Self { command: self.command.timeout(REMOTE_PATIENCE), ..self }
    }

    /// Runs; another exit code than 0 is an error.
    pub(crate) async fn output(self) -> Result<Answer, GitError> {
        let answer = self.outcome().await?;
        if answer.success() { Ok(answer) } else { Err(answer.failed()) }
    }

    /// Runs; the exit code is the caller's to judge.
    pub(crate) async fn outcome(self) -> Result<Answer, GitError> {
        let output = self.command.outcome().await?;
        Ok(Answer { output, purpose: self.purpose })
    }
}

/// What git printed and how it ended.
pub(crate) struct Answer {
    output: Output,
    purpose: String,
}

impl Answer {
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

    /// Git's own words for people, without credentials.
    pub(crate) fn said(&self) -> String {
        without_credentials(&self.output.tail())
    }

    pub(crate) fn failed(&self) -> GitError {
        let (purpose, code) = (self.purpose.clone(), self.code());
        GitError::Failed { purpose, code, said: self.said() }
    }

    pub(crate) fn garbage(&self, found: impl Into<String>) -> GitError {
        GitError::Garbage { purpose: self.purpose.clone(), found: found.into() }
    }
}
