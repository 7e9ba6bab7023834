//! Brings the old version back.

use journal::JournalError;
use operation::error_chain;
use step_runner::{Runner, WithdrawError, Withdrawn};

use crate::{
    DeploymentError,
    context::DeploymentContext,
    history::record_ending,
    plan::StepId,
    record::{DeploymentOutcome, DeploymentRecord, Ending, now},
    session::Session,
    step_error::DeploymentStepError,
    steps::step_of,
};

/// What was taken back of a deployment, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TakenBack {
    pub(crate) reverted: Vec<String>,
    pub(crate) stays: Vec<String>,
}

/// Takes back a deployment that was started, by whomever, and has not ended.
///
/// # Errors
/// [`DeploymentError::HalfWay`] when a step cannot be undone; the same command
/// continues.
pub(crate) async fn take_back_unfinished(
    session: &Session<'_>,
    record: &DeploymentRecord,
) -> Result<TakenBack, DeploymentError> {
    let context = session.context(&record.plan)?;
    adopt_steps(&context)?;
    let reason = format!("deployment {} was not finished", record.plan.id);
    take_back(&context, &reason).await
}

/// A deployment of another machine has no journal on this one: every step of it
/// counts as started. Undoing a step that was not is safe.
fn adopt_steps(context: &DeploymentContext<'_>) -> Result<(), JournalError> {
    let records = context.journal.records();
    let is_own = records.is_started(&StepId::Record.to_string());
    for step in context.plan.steps.iter().filter(|_| !is_own) {
        if step.id() == StepId::Confirm {
            break;
        }
        context.journal.intend(&step.id(), &serde_json::json!({ "adopted": true }))?;
    }
    Ok(())
}

/// Undoes every step that was started, the last one first, and records that.
///
/// # Errors
/// [`DeploymentError::HalfWay`].
pub(crate) async fn take_back(
    context: &DeploymentContext<'_>,
    reason: &str,
) -> Result<TakenBack, DeploymentError> {
    let is_recorded = context.journal.records().is_started(&StepId::Record.to_string());
    // Only the record at the target confirms a deployment, and there is none.
    context.journal.undone(&StepId::Confirm)?;
    let withdrawn = withdraw(context).await.map_err(|error| DeploymentError::HalfWay {
        reason: reason.to_owned(),
        problem: error_chain(&error),
    })?;
    if is_recorded {
        let outcome = DeploymentOutcome::Undone { reason: reason.to_owned() };
        let ending = Ending { at: now(), outcome };
        record_ending(context.target, &context.plan.id, &ending).await?;
    }
    let mut taken_back = TakenBack::default();
    for (_, undo) in withdrawn.undone {
        taken_back.reverted.extend(undo.reverted);
        taken_back.stays.extend(undo.stays);
    }
    Ok(taken_back)
}

async fn withdraw(
    context: &DeploymentContext<'_>,
) -> Result<Withdrawn<StepId>, WithdrawError<StepId, DeploymentStepError>> {
    let runner = Runner {
        plan: &context.plan.steps,
        context,
        journal: &context.journal,
        reporter: &context.environment.reporter,
        step_of,
    };
    runner.withdraw().await
}
