use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncWriteExt as _;

use crate::{
    ChildStream, Line, Output, ProcessError,
    capture::{Capture, read_lines},
    child::GroupedChild,
    command_line::redacted_command_line,
    environment::{ChildEnvironment, Variable},
    trace::ChildTrace,
};

/// Bytes of each output stream that are kept unless [`Command::limit`] says otherwise.
const DEFAULT_LIMIT: usize = 16 << 20;

/// A child program to run: what, where, with which environment and why.
#[derive(Debug, Clone)]
pub struct Command {
    program: OsString,
    args: Vec<OsString>,
    environment: ChildEnvironment,
    folder: Option<PathBuf>,
    stdin: Option<SecretString>,
    summary: Option<String>,
    timeout: Option<Duration>,
    limit: usize,
    is_uninterrupted: bool,
}

impl Command {
    /// A program by name (looked up on `PATH`) or path, without arguments.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            environment: ChildEnvironment::default(),
            folder: None,
            stdin: None,
            summary: None,
            timeout: None,
            limit: DEFAULT_LIMIT,
            is_uninterrupted: false,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Gives the child these variables instead of those of this process.
    #[must_use]
    pub fn only_env(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.environment.replace(variables.into_iter().collect());
        self
    }

    /// Sets a variable of the child's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = Variable::Plain(value.as_ref().to_owned());
        self.environment.change(name.as_ref().to_owned(), value);
        self
    }

    /// Sets a variable whose value is never printed.
    #[must_use]
    pub fn secret_env(mut self, name: impl AsRef<OsStr>, value: SecretString) -> Self {
        self.environment.change(name.as_ref().to_owned(), Variable::Secret(value));
        self
    }

    /// Keeps a variable of this process from the child.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.change(name.as_ref().to_owned(), Variable::Removed);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Text for standard input, kept as a secret; without it the child reads nothing.
    #[must_use]
    pub fn stdin(mut self, text: SecretString) -> Self {
        self.stdin = Some(text);
        self
    }

    /// What this is for, as errors begin: `read the work tree's status`.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Lets the child end by itself when nobody waits for it any more, instead of killing it: for
    /// one that takes moments and would leave something half written.
    #[must_use]
    pub fn uninterrupted(mut self) -> Self {
        self.is_uninterrupted = true;
        self
    }

    /// Kills the child when it runs longer.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Bytes to keep of each output stream (default 16 MiB): the first and the last half.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Runs and captures; another exit code than 0 is an error.
    ///
    /// # Errors
    /// Every variant of [`ProcessError`].
    pub async fn output(&self) -> Result<Output, ProcessError> {
        self.stream(|_| ()).await
    }

    /// Runs and captures; the exit code is the caller's to judge.
    ///
    /// # Errors
    /// [`ProcessError`], never `Failed`.
    pub async fn outcome(&self) -> Result<Output, ProcessError> {
        self.run(|_| ()).await
    }

    /// Runs, gives each line to `on_line` as it comes, captures; another exit code than 0 is an error.
    ///
    /// # Errors
    /// Every variant of [`ProcessError`].
    pub async fn stream(&self, on_line: impl Fn(Line<'_>)) -> Result<Output, ProcessError> {
        let output = self.run(on_line).await?;
        if output.success() {
            return Ok(output);
        }
        Err(ProcessError::Failed {
            summary: self.purpose(),
            program: self.program_name(),
            code: output.code,
            tail: output.tail(),
        })
    }

    /// Starts the child as a stream of bytes: what is written is its input, what is read its
    /// output. The time limit and the text for standard input have no effect.
    ///
    /// # Errors
    /// `NotFound` and `Io`.
    pub fn open(&self) -> Result<ChildStream, ProcessError> {
        let trace = ChildTrace::begin(|| self.redacted_line());
        let started = self.prepare().stdin(Stdio::piped()).spawn().map_err(|e| self.io(e));
        let child = started.map(GroupedChild::new)?;
        let stream = ChildStream::new(child, self.purpose(), self.program_name(), trace);
        stream.ok_or_else(|| self.io(std::io::ErrorKind::BrokenPipe.into()))
    }

    /// Runs, gives each line to `on_line` as it comes, captures; the exit code is the caller's to
    /// judge.
    ///
    /// # Errors
    /// [`ProcessError`], never `Failed`.
    pub async fn stream_outcome(&self, on_line: impl Fn(Line<'_>)) -> Result<Output, ProcessError> {
        self.run(on_line).await
    }

    async fn run(&self, on_line: impl Fn(Line<'_>)) -> Result<Output, ProcessError> {
        let trace = ChildTrace::begin(|| self.redacted_line());
        let outcome = self.run_in_time(on_line).await;
        trace.end(&outcome);
        outcome
    }

    async fn run_in_time(&self, on_line: impl Fn(Line<'_>)) -> Result<Output, ProcessError> {
        let run = self.run_to_end(on_line);
        match self.timeout {
            None => run.await,
            Some(limit) => tokio::time::timeout(limit, run).await.unwrap_or_else(|_| {
                let (summary, program) = (self.purpose(), self.program_name());
                Err(ProcessError::TimedOut { summary, program, limit })
            }),
        }
    }

    async fn run_to_end(&self, on_line: impl Fn(Line<'_>)) -> Result<Output, ProcessError> {
        let mut grouped = GroupedChild::new(self.prepare().spawn().map_err(|e| self.io(e))?);
        if self.is_uninterrupted {
            grouped.disarm();
        }
        let child = &mut grouped.child;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (_, stdout, stderr) = tokio::try_join!(
            self.feed(stdin),
            read_lines(stdout, Capture::new(self.limit), |line| on_line(Line::Stdout(line))),
            read_lines(stderr, Capture::new(self.limit), |line| on_line(Line::Stderr(line))),
        )
        .map_err(|e| self.io(e))?;
        let status = child.wait().await.map_err(|e| self.io(e))?;
        grouped.disarm();
        Ok(Output { code: status.code(), stdout, stderr })
    }

    /// A child that does not read its input to the end is no error.
    async fn feed(&self, stdin: Option<tokio::process::ChildStdin>) -> std::io::Result<()> {
        if let (Some(mut pipe), Some(text)) = (stdin, &self.stdin) {
            match pipe.write_all(text.expose_secret().as_bytes()).await {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn prepare(&self) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.args).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.process_group(0).kill_on_drop(!self.is_uninterrupted);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        self.environment.apply_to(&mut command);
        command
    }

    fn redacted_line(&self) -> String {
        let secrets = self.environment.secrets().chain(&self.stdin);
        let secrets: Vec<&str> = secrets.map(|secret| secret.expose_secret()).collect();
        redacted_command_line(&self.program.to_string_lossy(), &self.args, &secrets)
    }

    fn program_name(&self) -> String {
        Path::new(&self.program).file_name().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    /// The summary, or the program with its first argument, which names the
    /// verb in every program that has verbs.
    fn purpose(&self) -> String {
        let verb = self.args.first().map(|arg| arg.to_string_lossy());
        self.summary.clone().unwrap_or_else(|| {
            format!("{} {}", self.program_name(), verb.unwrap_or_default()).trim_end().to_owned()
        })
    }

    fn io(&self, source: std::io::Error) -> ProcessError {
        let (summary, program) = (self.purpose(), self.program_name());
        let folder_exists = self.folder.as_ref().is_none_or(|folder| folder.is_dir());
        if source.kind() == std::io::ErrorKind::NotFound && folder_exists {
            return ProcessError::NotFound { summary, program };
        }
        ProcessError::Io { summary, program, source }
    }
}
