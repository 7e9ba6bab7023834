use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{ArgAction, Args, ValueEnum};
use local_docker::{DockerEnvironment, EndpointChoice};

/// Flags that every program has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonArgs {
    /// Project folder [default: the nearest one, from the working folder upwards, with a tidegate.toml, else a pyproject.toml, setup.py or Compose file]
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,
    /// Configuration file [default: the project's tidegate.toml, else its pyproject.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", global = true)]
    pub format: Format,
    /// Print only warnings and errors; if repeated, only errors
    #[arg(long, short, action = ArgAction::Count, global = true)]
    pub quiet: u8,
    /// Show the output of child programs; if repeated, also every HTTP request and child program
    #[arg(long, short, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Folder for journals [default: $XDG_STATE_HOME/tidegate, else ~/.local/state/tidegate]
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN", global = true)]
    pub color: Color,
}

/// Which Docker Engine is used.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct EngineArgs {
    /// Address of the Docker Engine, as in DOCKER_HOST
    #[arg(long, value_name = "ADDRESS", global = true, conflicts_with = "context")]
    pub docker_host: Option<String>,
    /// Docker context to use
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Option<String>,
}

impl EngineArgs {
    /// The engine that these flags and this process's environment name.
    #[must_use]
    pub fn choice(&self) -> EndpointChoice {
        EndpointChoice {
            host: self.docker_host.clone(),
            context: self.context.clone(),
            environment: DockerEnvironment::from_env(),
        }
    }
}

/// Which Docker Engines are used, one after the other.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct EnginesArgs {
    /// Address of a Docker Engine, as in DOCKER_HOST; repeatable
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub docker_host: Vec<String>,
    /// Docker context to use; repeatable
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Vec<String>,
}

impl EnginesArgs {
    /// The engines that these flags name, else the one that this process's
    /// environment names; never none.
    #[must_use]
    pub fn choices(&self) -> Vec<EndpointChoice> {
        let flags = |docker_host: Option<&String>, context: Option<&String>| {
            EngineArgs { docker_host: docker_host.cloned(), context: context.cloned() }.choice()
        };
        let contexts = self.context.iter().map(|name| flags(None, Some(name)));
        let hosts = self.docker_host.iter().map(|address| flags(Some(address), None));
        let named: Vec<_> = contexts.chain(hosts).collect();
        if named.is_empty() { vec![flags(None, None)] } else { named }
    }
}

/// Which Python is used.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct PythonArgs {
    /// Python interpreter for builds and clean environments
    #[arg(long, value_name = "PYTHON", default_value = DEFAULT_PYTHON, global = true)]
    pub python: PathBuf,
}

/// The Python interpreter that is used by default.
pub(crate) const DEFAULT_PYTHON: &str = "python3";

/// Flags of programs that change something.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Skip confirmation
    #[arg(long, short)]
    pub yes: bool,
}

/// Which Compose projects are selected, by the flags of `docker compose`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Compose options")]
pub struct ComposeArgs {
    /// Compose file; repeatable, later ones override earlier ones [default: those in tidegate.toml, else those that Compose finds]
    #[arg(long = "file", short = 'f', value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name of the Compose project
    #[arg(long, short, value_name = "NAME")]
    pub project_name: Option<String>,
    /// Profile to activate; repeatable
    #[arg(long = "profile", value_name = "PROFILE")]
    pub profiles: Vec<String>,
    /// Env file; repeatable [default: .env]
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_files: Vec<PathBuf>,
}

impl ComposeArgs {
    /// The selection that these flags make.
    #[must_use]
    pub fn selection(&self, common: &CommonArgs) -> operation::ComposeSelection {
        operation::ComposeSelection {
            folder: common.project.clone(),
            files: self.files.clone(),
            project_name: self.project_name.clone(),
            profiles: self.profiles.clone(),
            env_files: self.env_files.clone(),
        }
    }
}

/// What a program works on that knows the configured destinations.
#[derive(Debug, Clone, Default, Args)]
pub struct DestinationArgs {
    /// Place to work on, as configured in `[deploy.destinations.NAME]`
    #[arg(long = "destination", short = 'd', value_name = "NAME")]
    pub name: Option<String>,
    /// The Compose project.
    #[command(flatten)]
    pub compose: ComposeArgs,
    /// The engine.
    #[command(flatten)]
    pub engine: EngineArgs,
}

impl DestinationArgs {
    /// The choice that these flags make.
    #[must_use]
    pub fn choice(&self, common: &CommonArgs) -> operation::DestinationChoice {
        operation::DestinationChoice {
            name: self.name.clone(),
            engine: self.engine.choice(),
            selection: self.compose.selection(common),
        }
    }
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable lines
    Human,
    /// One JSON object per line
    Json,
    /// Only the plan and the report, as Markdown
    Markdown,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
