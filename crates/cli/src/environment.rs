use std::{
    io::{IsTerminal as _, stderr, stdout},
    path::{Path, PathBuf},
};

use anstream::AutoStream;
use journal::StateFolder;
use operation::{Environment, LocalProject, OperationError};
use report::{Human, Json, Level, Markdown, Reporter};

use crate::{CommonArgs, EngineArgs, Format, args::DEFAULT_PYTHON};

/// Variable for crash tests: the process kills itself after so many records of
/// its journal. Not part of the interface.
const KILL_AFTER: &str = "__TIDEGATE_KILL_AFTER_RECORDS";

/// Where messages for people go; plans, reports and results go to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Messages {
    OnStandardOutput,
    OnStandardError,
}

impl CommonArgs {
    /// What the operation takes from this process and its flags.
    pub(crate) fn environment(&self, messages: Messages) -> Environment {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let kill_after = std::env::var(KILL_AFTER).ok().and_then(|text| text.parse().ok());
        Environment {
            variables,
            state: self.state_folder(home.as_deref()),
            home,
            engine: EngineArgs::default().choice(),
            python: PathBuf::from(DEFAULT_PYTHON),
            reporter: self.reporter(messages),
            confirm: None,
            kill_after,
        }
    }

    /// The folder that holds the project: `--project`, else the working folder.
    #[must_use]
    pub fn start_folder(&self) -> PathBuf {
        self.project.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// The folder and configuration that the flags or the working folder name;
    /// the defaults outside of any project.
    ///
    /// # Errors
    /// [`OperationError`] when the configuration cannot be read, or `--project` is
    /// not a project.
    pub fn open_local_project(&self) -> Result<LocalProject, OperationError> {
        LocalProject::open(self.project.as_deref(), self.config.as_deref())
    }

    fn state_folder(&self, home: Option<&Path>) -> Option<StateFolder> {
        if let Some(folder) = &self.state_dir {
            let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            return Some(StateFolder::new(absolute));
        }
        let state_home = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        StateFolder::from_environment(state_home.as_deref(), home)
    }

    fn reporter(&self, messages: Messages) -> Reporter {
        match self.format {
            Format::Json => Reporter::new(Json::new(stdout())),
            Format::Markdown => Reporter::new(Markdown::new(stdout())),
            Format::Human => Reporter::new(match messages {
                Messages::OnStandardOutput => self.human(),
                Messages::OnStandardError => {
                    self.human().with_messages(AutoStream::new(stderr(), self.color.into()))
                }
            }),
        }
    }

    fn human(&self) -> Human {
        let least = match (self.quiet, self.verbose) {
            (0, 0) => Level::Info,
            (0, _) => Level::Detail,
            (1, _) => Level::Warn,
            _ => Level::Error,
        };
        let human = Human::new(AutoStream::new(stdout(), self.color.into()), least);
        let human = human.with_errors(AutoStream::new(stderr(), self.color.into()));
        let human = match terminal_size::terminal_size_of(stdout()) {
            Some((terminal_size::Width(columns), _)) => human.with_width(columns.into()),
            None => human,
        };
        let bars = stderr().is_terminal() && self.quiet == 0 && self.verbose == 0;
        if bars { human.with_bars() } else { human }
    }
}
