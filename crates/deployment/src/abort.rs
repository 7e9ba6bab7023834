use std::time::Duration;

use operation::{Environment, LocalProject};

use crate::{
    DeploymentError,
    deployed::DeploymentReport,
    finish::retire_leftovers,
    history::History,
    one_off::conclude_abandoned,
    session::Session,
    take_back::{TakenBack, take_back_unfinished},
    target::Target,
};

/// Takes a deployment back that was not finished, at the configured place of this name if it has
/// one; the report is empty when there is none.
///
/// # Errors
/// [`DeploymentError::HalfWay`] when the old version cannot be brought back.
pub async fn abort(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    destination: Option<&str>,
) -> Result<DeploymentReport, DeploymentError> {
    let timeout = Duration::ZERO;
    let session = Session::open(target, project, environment, "deploy --abort", timeout).await?;
    let session = session.of_destination(destination.map(str::to_owned));
    let aborted = take_back_last(&session).await;
    session.close_after(aborted).await
}

async fn take_back_last(session: &Session<'_>) -> Result<DeploymentReport, DeploymentError> {
    let history = History::read(session.target).await?;
    conclude_abandoned(session, &history).await?;
    let Some(record) = history.unfinished() else {
        retire_leftovers(session, &history).await?;
        session.environment.reporter.ok("no deployment is unfinished");
        return Ok(DeploymentReport::default());
    };
    let TakenBack { reverted, stays } = take_back_unfinished(session, record).await?;
    Ok(DeploymentReport { is_undone: true, reverted, stays, ..DeploymentReport::new(&record.plan) })
}
