//! Shows what runs, whether it is what was deployed, what it prints, and what can be gone
//! back to.

mod args;

use std::{future::pending, process::ExitCode};

use deployment::{ComposeTarget, DeploymentError, LogsRequest, StatusReport};
use operation::Environment;

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(
    args: Args,
    mut environment: Environment,
) -> Result<Option<StatusReport>, DeploymentError> {
    let project = args.common.open_local_project()?;
    let choice = args.destination.choice(&args.common);
    let target = ComposeTarget::at(choice, &project, &mut environment).await?;
    if let Some(request) = args.logs_request() {
        return show_logs(&target, &environment, &request).await;
    }
    let status = deployment::deployment_status(&target).await?;
    let destination = args.destination.name.as_deref();
    let place = (&target, destination);
    let status = deployment::with_databases(status, place, &project, &environment).await;
    deployment::require_no_problems(status).map(Some)
}

async fn show_logs(
    target: &ComposeTarget,
    environment: &Environment,
    request: &LogsRequest,
) -> Result<Option<StatusReport>, DeploymentError> {
    let reporter = &environment.reporter;
    // Without --follow, an interruption ends the program as it ends any other.
    let shown = match request.follow {
        true => deployment::show_logs(target, reporter, request, cli::interrupt()).await,
        false => deployment::show_logs(target, reporter, request, pending()).await,
    };
    shown.map(|()| None)
}
