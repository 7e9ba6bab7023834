//! Releases everything that a project publishes, verifies it, and records it.

use std::process::ExitCode;

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, EngineArgs, PythonArgs};
use operation::{Environment, Present as _};
use rehearse::{RealIndexes, RehearseError, rehearse};
use release::{Project, ReleaseRequest, check, preview, publish, withdraw};
use release_plan::ReleasePolicy;
use release_version::VersionRequest;

/// Release a project: Python package, container images, git tag, forge release
///
/// Builds and checks run before anything is published; what users follow (floating
/// tags, the forge release) changes last. If a release stops for any reason, run the
/// same command again: it resumes and publishes nothing twice.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 stopped after something was published \
    (run again), 4 refused, 130 interrupted"
)]
struct Args {
    /// Version to release, or the part to increment: major, minor, patch, rc
    #[arg(value_name = "VERSION", required_unless_present = "check")]
    request: Option<VersionRequest>,
    /// Check what needs no network and no Docker Engine, and change nothing; without VERSION, what does not depend on it
    #[arg(long, conflicts_with_all = ["rehearse", "abort", "dry_run", "yes"])]
    check: bool,
    /// Rehearse the release in a temporary clone, against an index, registry and forge on loopback
    #[arg(long, conflicts_with_all = ["abort", "dry_run"])]
    rehearse: bool,
    /// With --rehearse: do not look up the releases at the real indexes
    #[arg(long, requires = "rehearse")]
    offline: bool,
    /// Withdraw what can be withdrawn of an unfinished release
    #[arg(long, conflicts_with = "dry_run")]
    abort: bool,
    /// Allow a version lower than the newest one, for a fix to an older release line
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
    let policy = ReleasePolicy { backport: args.backport, accept_missing_files: args.change.yes };
    let request = args.request.map(|version| ReleaseRequest { version, policy });
    let (reporter, interrupt) = (&environment.reporter, cli::interrupt());
    let Some(request) = request.filter(|_| !args.check) else {
        check(&project, &environment, request).await?.present(reporter);
        return Ok(());
    };
    if args.rehearse {
        let indexes = RealIndexes::unless(args.offline);
        rehearse(&project, &environment, request, indexes, interrupt).await?.present(reporter);
    } else if args.abort {
        withdraw(&project, &environment, request.version).await?.present(reporter);
    } else if args.change.dry_run {
        preview(&project, &environment, request).await?.present(reporter);
    } else {
        publish(&project, &environment, request, interrupt).await?;
    }
    Ok(())
}
