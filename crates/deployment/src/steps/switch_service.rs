use std::cell::RefCell;

use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, ServiceChange, StepId},
    step_error::DeploymentStepError,
    target::Readiness,
};

/// Starts the new instances and stops the old ones.
pub(super) struct SwitchService(pub(super) ServiceChange);

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for SwitchService {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Switch(self.0.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let image = context.fetched_image(&self.0.service)?;
        context.target.switch(&self.0, &image, &context.gate).await?;
        Ok(Outcome::done((), "the new version is ready"))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let readiness = RunsAgain { context, problems: RefCell::default() };
        context.target.switch_back(&self.0, &readiness).await?;
        let reverted = vec![format!("switched {} back", self.0.service)];
        Ok(Undo { reverted, stays: readiness.problems.into_inner() })
    }
}

/// What ran before runs again, even if it does not pass the checks: they may be those
/// of the new version, and nothing better is left.
struct RunsAgain<'b, 'a> {
    context: &'b DeploymentContext<'a>,
    /// Why instances are not ready, a line each.
    problems: RefCell<Vec<String>>,
}

#[async_trait(?Send)]
impl Readiness for RunsAgain<'_, '_> {
    async fn wait(&self, service: &str, instance: &Instance) -> Result<(), String> {
        let Err(problem) = self.context.gate.wait(service, instance).await else { return Ok(()) };
        let instances = self.context.target.instances(service).await.unwrap_or_default();
        if !instances.iter().any(|other| other.id == instance.id && other.is_running()) {
            return Err(problem);
        }
        self.problems.borrow_mut().push(format!("the old version of {service} runs: {problem}"));
        Ok(())
    }
}
