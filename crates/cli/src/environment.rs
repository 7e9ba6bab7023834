use std::{
    io::{IsTerminal as _, stdout},
    path::{Path, PathBuf},
};

use journal::StateFolder;
use operations::{Environment, LocalProject, Project};
use report::{Human, Json, Level, Markdown, Reporter};

use crate::{Color, CommonArgs, EngineArgs, Format, args::DEFAULT_PYTHON};

/// Variable for crash tests: the process kills itself after so many records of
/// its journal. Not part of the interface.
const KILL_AFTER: &str = "__TIDEGATE_KILL_AFTER_RECORDS";

impl CommonArgs {
    /// What the operation takes from this process and its flags.
    ///
    /// # Errors
    /// When there is no place for journals.
    pub fn environment(
        &self,
        engine: &EngineArgs,
    ) -> Result<Environment, operations::OperationError> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let kill_after = std::env::var(KILL_AFTER).ok().and_then(|text| text.parse().ok());
        Ok(Environment {
            variables,
            state: self.state(home.as_deref())?,
            home,
            engine: engine.choice(),
            python: PathBuf::from(DEFAULT_PYTHON),
            reporter: self.reporter(),
            confirm: None,
            kill_after,
        })
    }

    /// The project that the flags or the working folder name.
    ///
    /// # Errors
    /// [`operations::OperationError`] when there is none or it cannot be read.
    pub async fn open_project(&self) -> Result<Project, operations::OperationError> {
        let start = self.project.clone().unwrap_or_else(|| PathBuf::from("."));
        Project::open(&start, self.config.as_deref()).await
    }

    /// The folder and configuration that the flags or the working folder name;
    /// without a project, nothing but the defaults.
    ///
    /// # Errors
    /// [`operations::OperationError`] when the configuration cannot be read, or
    /// the folder that was named holds no project.
    pub fn open_local_project(&self) -> Result<LocalProject, operations::OperationError> {
        LocalProject::open(self.project.as_deref(), self.config.as_deref())
    }

    fn state(&self, home: Option<&Path>) -> Result<StateFolder, operations::OperationError> {
        if let Some(folder) = &self.state_dir {
            let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            return Ok(StateFolder::new(absolute));
        }
        let state_home = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        StateFolder::from_environment(state_home.as_deref(), home)
            .ok_or_else(operations::OperationError::no_state_folder)
    }

    fn reporter(&self) -> Reporter {
        match self.format {
            Format::Json => Reporter::new(Json::new(stdout())),
            Format::Markdown => Reporter::new(Markdown::new(stdout())),
            Format::Human => Reporter::new(self.human()),
        }
    }

    fn human(&self) -> Human {
        let least = match (self.quiet, self.verbose) {
            (0, 0) => Level::Info,
            (0, _) => Level::Detail,
            (1, _) => Level::Warn,
            _ => Level::Error,
        };
        let human = Human::new(stdout(), least, self.colored(stdout().is_terminal()));
        let human = match terminal_size::terminal_size_of(stdout()) {
            Some((terminal_size::Width(columns), _)) => human.with_width(columns.into()),
            None => human,
        };
        let bars = std::io::stderr().is_terminal() && self.quiet == 0 && self.verbose == 0;
        if bars { human.with_bars() } else { human }
    }

    pub(crate) fn colored(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none(),
        }
    }
}
