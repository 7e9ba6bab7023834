use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// Flags that every program has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonArgs {
    /// Folder of the project [default: the nearest one upwards with slipway.toml, pyproject.toml or a Compose file]
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,
    /// Configuration file [default: slipway.toml of the project]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", global = true)]
    pub format: Format,
    /// Print warnings and errors only; twice: errors only
    #[arg(long, short, action = ArgAction::Count, global = true)]
    pub quiet: u8,
    /// Print what programs print
    #[arg(long, short, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Where journals are kept [default: $XDG_STATE_HOME/slipway]
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,
    /// Address of the Docker Engine, as in DOCKER_HOST
    #[arg(long, value_name = "ADDRESS", global = true, conflicts_with = "context")]
    pub docker_host: Option<String>,
    /// Docker context
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Option<String>,
    /// Python for builds and clean environments
    #[arg(long, value_name = "PYTHON", default_value = "python3", global = true)]
    pub python: PathBuf,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN", global = true)]
    pub color: Color,
}

/// Flags of programs that change something.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// Show every change and request, and touch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask, on a terminal, before what cannot be undone
    #[arg(long, short)]
    pub yes: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people
    Human,
    /// One JSON object per line
    Json,
    /// The plan and the report only, as Markdown
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
