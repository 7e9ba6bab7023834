//! Commands in containers of their own, in the image that a service runs.

mod carry_out;
mod plan;
mod planned;
mod record;
mod report;
mod request;

use futures_util::FutureExt as _;
use operation::{Environment, LocalProject, OperationError, until_interrupted};

use crate::{DeploymentError, history::History, session::Session, target::Target};
use carry_out::carry_out;
use plan::plan_command;

pub use planned::PlannedCommand;
pub use record::{CommandEnding, CommandOutcome, CommandRecord};
pub(crate) use report::command_table;
pub use report::{CommandReport, ListedCommand};
pub use request::CommandRequest;

/// Finds out in which image a command would run, and changes nothing.
///
/// # Errors
/// [`OperationError`] when the service or its image is not clear.
pub async fn preview_command(
    target: &dyn Target,
    project: &LocalProject,
    request: &CommandRequest,
) -> Result<PlannedCommand, DeploymentError> {
    let history = History::read(target).await?;
    require_ended(&history)?;
    plan_command(target, &project.configuration.deploy, request, &history).await
}

/// Runs a command in a container of its own, in the image that the service runs, with its
/// environment, networks and volumes. It holds the target's lock, so that nothing is
/// deployed meanwhile, and is recorded at the target. When `interrupt` resolves, the
/// container is stopped and removed.
///
/// # Errors
/// Those of [`preview_command`], [`DeploymentError::Locked`],
/// [`DeploymentError::CommandFailed`] when it does not end with exit code 0,
/// [`DeploymentError::CommandInterrupted`], and when the target does not answer.
pub async fn run_one_off(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &CommandRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<CommandReport, DeploymentError> {
    let program = record::program_name(&request.command);
    let (operation, timeout) = (format!("deploy --run {program}"), request.lock_timeout);
    let session = Session::open(target, project, environment, &operation, timeout).await?;
    let outcome = run_in(&session, request, interrupt).await;
    session.close_after(outcome).await
}

async fn run_in(
    session: &Session<'_>,
    request: &CommandRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<CommandReport, DeploymentError> {
    let history = History::read(session.target).await?;
    conclude_abandoned(session, &history).await?;
    require_ended(&history)?;
    let interrupt = interrupt.shared();
    let planning = plan_command(session.target, session.settings, request, &history);
    let planned = until_interrupted(interrupt.clone(), planning).await?;
    session.environment.reporter.info(planned.to_string());
    carry_out(session, &history, planned, &request.command, interrupt).await
}

/// What runs is not settled while a deployment is unfinished.
fn require_ended(history: &History) -> Result<(), OperationError> {
    if let Some(record) = history.unfinished() {
        let (id, performer) = (&record.plan.id, &record.performer);
        let problem = format!("deployment {id} by {performer} has not ended");
        return Err(OperationError::precondition(problem, "`deploy --abort` takes it back"));
    }
    match history.unreadable.iter().find(|record| record.may_be_unfinished) {
        None => Ok(()),
        Some(record) => {
            let problem = format!("a record of a deployment cannot be read: {}", record.problem);
            let advice = "find out whether that deployment has ended, then remove its file";
            Err(OperationError::precondition(problem, advice))
        }
    }
}

/// Records the end of commands whose program was killed. Whoever holds the lock has removed
/// their containers.
pub(crate) async fn conclude_abandoned(
    session: &Session<'_>,
    history: &History,
) -> Result<(), DeploymentError> {
    for record in history.commands.iter().filter(|record| record.ending.is_none()) {
        let CommandRecord { id, program, performer, .. } = record;
        session.environment.reporter.warn(format!(
            "command {id} (`{program}` by {performer}) was killed; its container is removed"
        ));
        let ending = CommandEnding::now(CommandOutcome::Abandoned);
        crate::history::record_command_ending(session.target, id, &ending).await?;
    }
    Ok(())
}
