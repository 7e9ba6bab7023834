use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, StepId},
    snapshot::{Moment, forget_configuration},
    step_error::DeploymentStepError,
};

/// Gives the image that runs a name of its own, so that nothing removes it, and keeps what it
/// is configured with.
pub(super) struct SecureWayBack {
    pub(super) service: String,
    pub(super) instance: Instance,
    pub(super) tag: String,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for SecureWayBack {
    /// The whole name.
    type Evidence = String;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::SecureWayBack(self.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<String>, DeploymentStepError> {
        let Self { service, instance, tag } = self;
        let name = context.target.secure_way_back(service, instance, tag).await?;
        let moment = (context.plan.id.as_str(), service.as_str(), Moment::Before);
        let unkept = context.keep_configuration(moment, instance).await?;
        let detail = match unkept {
            None => format!("kept as {name}, with its configuration"),
            Some(reason) => format!("kept as {name}, without its configuration: {reason}"),
        };
        Ok(Outcome::done(name, detail))
    }

    /// The old version serves again, and its own names keep its image.
    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<String, ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let Self { service, tag, .. } = self;
        let moment = (context.plan.id.as_str(), service.as_str(), Moment::Before);
        forget_configuration(context.target, moment).await?;
        let removed = context.target.remove_way_back(service, tag).await?;
        Ok(if removed {
            Undo::reverted(format!("removed the name {tag}"))
        } else {
            Undo::default()
        })
    }
}
