use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    history::{History, record_ending},
    plan::StepId,
    record::{DeploymentOutcome, DeploymentRecord, Ending, now},
    step_error::DeploymentStepError,
};

/// Records success at the target. From here on the new version stays.
pub(super) struct Confirm;

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for Confirm {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Confirm
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let images = context.fetched_images()?;
        let backup = context.journal.evidence(&StepId::SecureData)?;
        let outcome = DeploymentOutcome::Succeeded { images, backup };
        let ending = Ending { at: now(), outcome };
        let recorded = record_ending(context.target, &context.plan.id, &ending).await;
        if let Err(error) = recorded
            && !is_confirmed(context).await.unwrap_or_default()
        {
            return Err(error.into());
        }
        Ok(Outcome::done((), "recorded"))
    }
}

/// Whether success is recorded: an answer may have been lost.
async fn is_confirmed(context: &DeploymentContext<'_>) -> Result<bool, DeploymentStepError> {
    let history = History::read(context.target).await?;
    let record = history.record(&context.plan.id);
    Ok(record.is_some_and(DeploymentRecord::has_succeeded))
}
