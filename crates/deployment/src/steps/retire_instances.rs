use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    plan::{ServiceChange, StepId},
    step_error::DeploymentStepError,
    target::TargetError,
};

/// Removes the old instances, which nothing needs any longer.
pub(super) struct RetireInstances(pub(super) ServiceChange);

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for RetireInstances {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Retire(self.0.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let retired = context.target.retire(&self.0).await;
        if let Err(TargetError::Unavailable { .. }) = retired {
            // An answer may have been lost on the way; what is left is looked at again.
            context.target.retire(&self.0).await?;
        } else {
            retired?;
        }
        Ok(Outcome::done((), "removed"))
    }
}
