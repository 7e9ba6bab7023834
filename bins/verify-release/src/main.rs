//! Verifies a published version as a user without credentials sees it; changes
//! nothing.

use std::process::ExitCode;

use clap::Parser;
use cli::{CommonArgs, EngineArgs, PythonArgs};
use operation::Environment;
use release::{Project, ReleaseError, VerifiedRelease, VerifyRequest, verify};
use release_version::ReleaseVersion;

/// Verify a published version in every index, registry and forge
///
/// Reads the index pages, downloads and hashes every file, installs the version
/// into a clean environment, pulls every platform of every image without
/// credentials, runs the images, and checks the git tag and the forge release.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 all as released, 1 a target could not be checked, 2 usage, \
    5 differences found (listed)"
)]
struct Args {
    /// Version to verify [default: the newest tagged version]
    #[arg(value_name = "VERSION")]
    release: Option<ReleaseVersion>,
    /// Verify only this index, such as testpypi
    #[arg(value_name = "INDEX")]
    index: Option<String>,
    /// Do not install into a clean environment
    #[arg(long)]
    no_install: bool,
    /// Do not pull images into the Docker Engine and run them
    #[arg(long)]
    no_run: bool,
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

async fn execute(
    args: Args,
    mut environment: Environment,
) -> Result<VerifiedRelease, ReleaseError> {
    environment.engine = args.engine.choice();
    environment.python = args.python.python;
    let project = Project::open(&args.common.start_folder(), args.common.config.as_deref()).await?;
    let request = VerifyRequest {
        version: args.release,
        index: args.index,
        without_install: args.no_install,
        without_run: args.no_run,
    };
    verify(&project, &environment, &request).await
}
