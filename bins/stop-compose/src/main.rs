//! Stops Compose projects as `docker compose down` does, and reports what that leaves.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, ComposeArgs, EngineArgs};
use compose_lifecycle::stop::{self, StopError, StopReport, StopRequest};
use operation::{Environment, Present as _};

/// Stop Compose projects and remove their containers and networks
///
/// Uses the installed `docker compose` if the files load: services of inactive profiles
/// stay then, and are listed. Otherwise uses the engine and the labels of the
/// containers, which have no profiles: all services are removed. Volumes and images
/// stay.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 stopped or nothing to do, 1 failed, 2 usage, 3 something is left \
    that should have been removed, 130 interrupted"
)]
struct Args {
    /// Compose files, each a project of its own; they are stopped in turn
    #[arg(value_name = "FILE", conflicts_with = "files")]
    projects: Vec<PathBuf>,
    /// Also remove services of all profiles, one-off containers and orphans
    #[arg(long)]
    everything: bool,
    /// Also remove the projects' volumes with their data; asks first, unless --yes is given
    #[arg(long)]
    volumes: bool,
    /// Seconds before a container that does not stop is killed [default: its own grace period]
    #[arg(long, short, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Use the engine even if docker compose is installed
    #[arg(long)]
    native: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    compose: ComposeArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    common: CommonArgs,
}

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(
    args: Args,
    mut environment: Environment,
) -> Result<Option<StopReport>, StopError> {
    environment.engine = args.engine.choice();
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let request = StopRequest {
        selection: args.compose.selection(&args.common),
        files: args.projects,
        everything: args.everything,
        volumes: args.volumes,
        confirmed: args.change.yes,
        timeout: args.timeout.map(|seconds| Duration::from_secs(seconds.into())),
        native: args.native,
    };
    if args.change.dry_run {
        stop::preview(&project, &environment, &request).await?.present(&environment.reporter);
        return Ok(None);
    }
    stop::run(&project, &environment, &request, cli::interrupt()).await.map(Some)
}
