//! Starts Compose services on the images that their registries serve now, and verifies it.

use std::process::ExitCode;

use clap::Parser;
use cli::{CommonArgs, ComposeArgs, EngineArgs};
use compose_lifecycle::up::{self, UpError, UpReport, UpRequest};
use operation::{Environment, Present as _};

/// Start Compose services on the images that their registries serve now
///
/// Queries the registries, pulls the images that differ, starts the services, waits until
/// they are healthy, and verifies that every container runs the digest that its registry
/// serves.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 started but not ready (run again), \
    4 refused, 5 an image differs from what the registry serves, 130 interrupted"
)]
struct Args {
    /// Services to start, along with their dependencies [default: all]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Start with the local images, without querying any registry
    #[arg(long)]
    offline: bool,
    /// How long to wait for the next service to become ready
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    wait_timeout: configuration::Period,
    /// Show the plan and change nothing
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

async fn execute(args: Args, mut environment: Environment) -> Result<Option<UpReport>, UpError> {
    environment.engine = args.engine.choice();
    let project = args.common.open_local_project()?;
    let request = UpRequest {
        selection: args.compose.selection(&args.common),
        services: args.services,
        offline: args.offline,
        wait_timeout: args.wait_timeout.duration(),
    };
    if args.dry_run {
        let plan = up::preview(&project, &environment, &request, cli::interrupt()).await?;
        plan.present(&environment.reporter);
        return Ok(None);
    }
    up::run(&project, &environment, &request, cli::interrupt()).await.map(Some)
}
