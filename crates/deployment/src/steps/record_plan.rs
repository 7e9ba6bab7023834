use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    history::record_plan,
    plan::StepId,
    record::{DeploymentRecord, now},
    step_error::DeploymentStepError,
};

/// Records the plan at the target, so that anybody can take the deployment back.
pub(super) struct RecordPlan;

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for RecordPlan {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Record
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let record = DeploymentRecord {
            performer: context.performer.clone(),
            started: now(),
            plan: context.plan.clone(),
            ending: None,
            is_cleaned_up: false,
        };
        record_plan(context.target, &record).await?;
        Ok(Outcome::done((), format!("recorded as {}", context.plan.id)))
    }
}
