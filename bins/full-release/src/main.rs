//! Releases everything that a project publishes, verifies it as a stranger
//! would see it, and records it.

use std::process::ExitCode;

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, EngineArgs, PythonArgs};
use operation::{Environment, Present as _};
use rehearse::{RehearseError, rehearse};
use release::{Project, ReleaseRequest, preview, publish, withdraw};
use release_plan::ReleasePolicy;
use release_version::VersionRequest;

/// Release a project: Python package, container images, git tag, forge release
///
/// Everything that can fail privately comes first, what users follow comes
/// last. Run the same command again after a failure, a kill or a power cut: it
/// finishes what is missing and repeats nothing.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 stopped half-way (run again), \
    4 refused, 5 difference found, 130 interrupted"
)]
struct Args {
    /// Version to release, or the number to raise: major, minor, patch, rc
    #[arg(value_name = "VERSION")]
    request: VersionRequest,
    /// Release for practice: a temporary clone, and registries, index and forge served on loopback
    #[arg(long, conflicts_with_all = ["abort", "dry_run"])]
    rehearse: bool,
    /// Take back what an unfinished release may take back
    #[arg(long, conflicts_with = "dry_run")]
    abort: bool,
    /// Allow a version that is lower than the newest, for a fix of an older line
    #[arg(long)]
    backport: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    python: PythonArgs,
    #[command(flatten)]
    common: CommonArgs,
}

fn main() -> ExitCode {
    cli::run(|args: &Args| &args.common, execute)
}

async fn execute(args: Args, mut environment: Environment) -> Result<(), RehearseError> {
    environment.engine = args.engine.choice();
    environment.python = args.python.python;
    environment.confirm = args.change.confirm();
    let project = Project::open(&args.common.start_folder(), args.common.config.as_deref()).await?;
    let request =
        ReleaseRequest { version: args.request, policy: ReleasePolicy { backport: args.backport } };
    let reporter = &environment.reporter;
    if args.rehearse {
        let rehearsed = rehearse(&project, &environment, request, cli::interrupt()).await?;
        rehearsed.present(reporter);
    } else if args.abort {
        withdraw(&project, &environment, args.request).await?.present(reporter);
    } else if args.change.dry_run {
        preview(&project, &environment, request).await?.present(reporter);
    } else {
        publish(&project, &environment, request, cli::interrupt()).await?;
    }
    Ok(())
}
