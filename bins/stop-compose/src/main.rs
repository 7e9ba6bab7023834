//! Stops Compose projects as `docker compose down` does, and reports what that leaves.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, ComposeArgs, EngineArgs};
use compose_lifecycle::stop::{self, StopError, StopReport, StopRequest};
use operation::{Environment, Present as _};

/// Stop Compose projects and remove their containers and networks
///
/// Runs `docker compose down` if Compose is installed, else does the same through the
/// Docker Engine; what that leaves, such as services of inactive profiles, is listed. If
/// the Compose files cannot be loaded, goes by the containers' labels, which do not
/// record profiles: all services are removed. Volumes and images are kept.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 stopped or nothing to do, 1 failed, 2 usage, 3 something remains \
    that should have been removed, 130 interrupted"
)]
struct Args {
    /// Compose files, one project each, which are stopped one after the other
    #[arg(value_name = "FILE", conflicts_with = "files")]
    projects: Vec<PathBuf>,
    /// Also remove services of inactive profiles, one-off containers and orphans
    #[arg(long)]
    everything: bool,
    /// Also remove the projects' volumes and their data; needs confirmation or --yes
    #[arg(long)]
    volumes: bool,
    /// Seconds to wait for a container to stop before killing it [default: its own grace period]
    #[arg(long, short, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Work through the Docker Engine even if `docker compose` is installed
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
