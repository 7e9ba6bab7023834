use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{ServiceChange, StepId, missing_variables},
    snapshot::open_restored,
    step_error::DeploymentStepError,
};

/// Creates the new instances without starting them.
pub(super) struct PrepareInstances(pub(super) ServiceChange);

impl PrepareInstances {
    /// A variable that is missing is found while the old version serves.
    async fn require_variables(
        &self,
        context: &DeploymentContext<'_>,
    ) -> Result<(), DeploymentStepError> {
        if self.0.is_infrastructure {
            return Ok(());
        }
        let required = &context.settings.require_env;
        let instances = context.target.instances(&self.0.service).await?;
        for instance in instances.iter().filter(|instance| self.0.is_new(instance)) {
            let names = context.target.variable_names(instance).await?;
            let missing = missing_variables(required, &names);
            if !missing.is_empty() {
                let (service, missing) = (&self.0.service, missing.join(", "));
                return Err(DeploymentStepError::Unfit(format!(
                    "{service} has no environment variable {missing}, which `deploy.require-env` \
                     asks for"
                )));
            }
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for PrepareInstances {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Prepare(self.0.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let image = context.fetched_image(&self.0.service)?;
        let configuration = match &self.0.restored {
            Some(restored) => Some(open_restored(context.target, &context.keys, restored).await?),
            None => None,
        };
        context.target.prepare(&self.0, &image, configuration.as_ref()).await?;
        self.require_variables(context).await?;
        Ok(Outcome::done((), "created"))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        context.target.discard(&self.0).await?;
        Ok(Undo::reverted(format!("removed the new instances of {}", self.0.service)))
    }
}
