//! Finishes what an earlier deployment left, whoever made it.

use operation::counted;

use crate::{
    DeploymentError,
    history::History,
    one_off::conclude_abandoned,
    plan::Action,
    session::Session,
    take_back::{TakenBack, take_back_unfinished},
};

/// Takes back a deployment that has not ended, and removes what the last successful
/// one had no time to remove. The history afterwards.
pub(crate) async fn finish_earlier(session: &Session<'_>) -> Result<History, DeploymentError> {
    let history = History::read(session.target).await?;
    let reporter = &session.environment.reporter;
    conclude_abandoned(session, &history).await?;
    let mut is_changed = false;
    for record in history.records.iter().rev().filter(|record| !record.is_ended()) {
        reporter.warn(format!(
            "deployment {} by {} was not finished: bringing back what ran before it",
            record.plan.id, record.performer
        ));
        let TakenBack { reverted, stays } = take_back_unfinished(session, record).await?;
        reporter.info(format!("{} taken back", counted(reverted.len(), "step")));
        stays.into_iter().for_each(|line| reporter.warn(line));
        is_changed = true;
    }
    retire_leftovers(session, &history).await?;
    if is_changed { Ok(History::read(session.target).await?) } else { Ok(history) }
}

/// A deployment that was killed after its confirmation leaves its old instances.
pub(crate) async fn retire_leftovers(
    session: &Session<'_>,
    history: &History,
) -> Result<(), DeploymentError> {
    let mut ended = history.records.iter().rev().filter(|record| record.is_ended());
    let Some(last) = ended.next().filter(|record| record.has_succeeded()) else { return Ok(()) };
    for step in last.plan.steps.iter() {
        if let Action::Retire(change) = &step.action {
            session.target.retire(change).await?;
        }
    }
    Ok(())
}
