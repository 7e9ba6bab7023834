//! Takes Compose projects down as `docker compose down` does, and says what that
//! leaves.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, ComposeArgs, EngineArgs};
use compose_lifecycle::{
    LifecycleError,
    stop::{self, StopRequest},
};
use operation::Environment;

/// Stop Compose projects and remove their containers and networks
///
/// By the installed `docker compose` where the files load: services of inactive
/// profiles stay then, and are named. Else through the engine, by the labels of
/// the containers, which tell of no profiles: all services go. Volumes and images
/// stay.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 down or nothing to do, 1 failed, 2 usage, 3 something is left that \
    should not be, 130 interrupted"
)]
struct Args {
    /// Compose files, each a project of its own; they go one after the other
    #[arg(value_name = "FILE", conflicts_with = "files")]
    projects: Vec<PathBuf>,
    /// Also services of all profiles, one-off containers and orphans
    #[arg(long)]
    everything: bool,
    /// Also the projects' own volumes, with their data; asks first, or takes --yes
    #[arg(long)]
    volumes: bool,
    /// Seconds until a container that does not stop is killed [default: its own grace period]
    #[arg(long, short, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Through the engine, also where docker compose is installed
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

async fn execute(args: Args, mut environment: Environment) -> Result<(), LifecycleError> {
    environment.engine = args.engine.choice();
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let selection = args.compose.selection(&args.common);
    let request = StopRequest {
        selection,
        files: args.projects,
        everything: args.everything,
        volumes: args.volumes,
        agreed: args.change.yes,
        grace: args.timeout.map(|seconds| Duration::from_secs(seconds.into())),
        native: args.native,
    };
    if args.change.dry_run {
        return stop::show(&project, &environment, &request).await;
    }
    stop::run(&project, &environment, &request, cli::interrupt()).await
}
