//! Starts Compose projects on what their registries serve now, and proves it.

use std::process::ExitCode;

use clap::Parser;
use cli::{CommonArgs, ComposeArgs, EngineArgs};
use compose_lifecycle::{
    LifecycleError,
    up::{self, UpRequest},
};
use operation::Environment;

/// Start Compose services on the images that their registries serve now
///
/// Asks the registries first, pulls what differs, starts what is to be started,
/// waits until it is healthy, and proves that every container runs the digest
/// that its registry serves.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 stopped half-way (run again), \
    4 refused, 5 a container runs something else, 130 interrupted"
)]
struct Args {
    /// Service to start, with those that it needs [default: all]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Ask no registry: start with the images that are here
    #[arg(long)]
    offline: bool,
    /// Longest wait for the next service to become ready
    #[arg(long, value_name = "PERIOD", default_value = "2m")]
    wait_timeout: configuration::Period,
    /// Show what would start, and touch nothing
    #[arg(long)]
    dry_run: bool,
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
    let project = args.common.open_local_project()?;
    let request = UpRequest {
        selection: args.compose.selection(&args.common),
        services: args.services,
        offline: args.offline,
        wait_timeout: args.wait_timeout.duration(),
        dry_run: args.dry_run,
    };
    up::run(&project, &environment, &request, cli::interrupt()).await
}
