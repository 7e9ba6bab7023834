use std::collections::BTreeMap;

use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, StepId},
    step_error::DeploymentStepError,
};

/// Starts what was stopped and is not replaced.
pub(super) struct StartServices {
    pub(super) services: BTreeMap<String, Vec<Instance>>,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for StartServices {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::StartServices
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        for (service, instances) in &self.services {
            context.target.start(service, instances, &context.gate).await?;
        }
        Ok(Outcome::done((), "they run"))
    }

    /// They ran before.
    async fn undo(
        &self,
        _: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        Ok(Undo::default())
    }
}
