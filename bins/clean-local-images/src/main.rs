//! Removes the local images of a project that nothing uses.

mod args;

use std::process::ExitCode;

use cli::EngineArgs;
use operations::{OperationError, clean_local_images};

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(args: Args) -> Result<(), OperationError> {
    let mut environment = args.common.environment(&EngineArgs::default())?;
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let dry_run = args.change.dry_run;
    let request = args.request();
    if dry_run {
        return clean_local_images::show(&project, &environment, &request).await;
    }
    clean_local_images::run(&project, &environment, &request, cli::interrupt()).await
}
