//! Deploys services, and brings the old version back when the new one is not good.

mod args;

use std::process::ExitCode;

use deployment::{CommandRequest, ComposeTarget, DeploymentError};
use operation::{Environment, LocalProject, Present as _};

use crate::args::{Args, Switch};

fn main() -> ExitCode {
    cli::run_on_one_thread(|args: &Args| &args.common, execute)
}

async fn execute(args: Args, mut environment: Environment) -> Result<(), DeploymentError> {
    environment.confirm = args.change.confirm();
    let command = args.command_request()?;
    let project = args.common.open_local_project()?;
    let choice = args.destination.choice(&args.common);
    let target = ComposeTarget::at(choice, &project, &mut environment).await?;
    if let Some(command) = command {
        return run(&target, &project, &environment, &command, args.change.dry_run).await;
    }
    if let Some(switch) = args.maintenance {
        let (is_on, timeout) = (switch == Switch::On, args.wait_for_lock.duration());
        return deployment::maintain(&target, &project, &environment, is_on, timeout).await;
    }
    match &args.lock {
        Some(message) => deployment::freeze(&target, &environment, message).await,
        None if args.unlock => deployment::unlock(&target, &project, &environment).await,
        None if args.lock_status => deployment::report_lock(&target, &project, &environment).await,
        None => deploy(&target, &project, &environment, &args).await,
    }
}

async fn deploy(
    target: &ComposeTarget,
    project: &LocalProject,
    environment: &Environment,
    args: &Args,
) -> Result<(), DeploymentError> {
    let request = args.deploy_request();
    if args.change.dry_run {
        let planned = deployment::preview_deploy(target, project, environment, &request).await?;
        planned.present(&environment.reporter);
        return Ok(());
    }
    let report = match args.abort {
        true => {
            let destination = args.destination.name.as_deref();
            deployment::abort(target, project, environment, destination).await?
        }
        false => {
            deployment::deploy(target, project, environment, &request, cli::interrupt()).await?
        }
    };
    report.present(&environment.reporter);
    Ok(())
}

async fn run(
    target: &ComposeTarget,
    project: &LocalProject,
    environment: &Environment,
    command: &CommandRequest,
    is_preview: bool,
) -> Result<(), DeploymentError> {
    if is_preview {
        let planned = deployment::preview_command(target, project, command).await?;
        planned.present(&environment.reporter);
        return Ok(());
    }
    let interrupt = cli::interrupt();
    let report = deployment::run_one_off(target, project, environment, command, interrupt).await?;
    report.present(&environment.reporter);
    Ok(())
}
