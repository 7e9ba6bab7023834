//! Brings an earlier deployment back.

mod args;

use std::process::ExitCode;

use deployment::{ComposeTarget, DeploymentError, DeploymentReport};
use operation::{Environment, Present as _};

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(
    args: Args,
    mut environment: Environment,
) -> Result<Option<DeploymentReport>, DeploymentError> {
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let choice = args.destination.choice(&args.common);
    let target = ComposeTarget::at(choice, &project, &mut environment).await?;
    let request = args.request();
    if args.list {
        let list = deployment::list_rollback_points(&target).await?;
        list.present(&environment.reporter);
        return Ok(None);
    }
    if args.change.dry_run {
        let planned =
            deployment::preview_rollback(&target, &project, &environment, &request).await?;
        planned.present(&environment.reporter);
        return Ok(None);
    }
    let interrupt = cli::interrupt();
    deployment::rollback(&target, &project, &environment, &request, interrupt).await.map(Some)
}
