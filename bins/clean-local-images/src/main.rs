//! Removes the local images of a project that nothing uses.

mod args;

use std::process::ExitCode;

use image_cleaning::CleanError;
use operation::Environment;

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(args: Args, mut environment: Environment) -> Result<(), CleanError> {
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let dry_run = args.change.dry_run;
    let request = args.request();
    if dry_run {
        return image_cleaning::show(&project, &environment, &request).await;
    }
    image_cleaning::run(&project, &environment, &request, cli::interrupt()).await
}
