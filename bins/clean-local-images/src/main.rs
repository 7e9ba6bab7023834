//! Removes the local images of a project that nothing uses.

mod args;

use std::process::ExitCode;

use image_cleaning::{CleanError, CleanReport};
use operation::{Environment, Present as _};

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(
    args: Args,
    mut environment: Environment,
) -> Result<Option<CleanReport>, CleanError> {
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let dry_run = args.change.dry_run;
    let request = args.request();
    if dry_run {
        let plan = image_cleaning::preview(&project, &environment, &request).await?;
        plan.present(&environment.reporter);
        return Ok(None);
    }
    image_cleaning::run(&project, &environment, &request, cli::interrupt()).await.map(Some)
}
