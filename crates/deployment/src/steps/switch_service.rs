use std::cell::RefCell;

use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, ServiceChange, StepId},
    snapshot::{Moment, forget_configuration},
    step_error::DeploymentStepError,
    target::Readiness,
};

/// Starts the new instances and stops the old ones, and keeps what the new ones are configured
/// with.
pub(super) struct SwitchService(pub(super) ServiceChange);

impl SwitchService {
    /// Of what runs now, so that a later rollback brings the very same back.
    async fn keep_configuration(
        &self,
        context: &DeploymentContext<'_>,
    ) -> Result<(), DeploymentStepError> {
        let service = &self.0.service;
        let instances = context.target.instances(service).await?;
        let mut running = instances.iter().rev().filter(|instance| instance.is_running());
        let Some(instance) = running.find(|instance| self.0.is_new(instance)) else {
            return Ok(());
        };
        let moment = (context.plan.id.as_str(), service.as_str(), Moment::After);
        // The step that secured the way back has shown why there is no key.
        context.keep_configuration(moment, instance).await?;
        Ok(())
    }
}

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
        self.keep_configuration(context).await?;
        Ok(Outcome::done((), "the new version is ready"))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let readiness = RunsAgain { context, problems: RefCell::default() };
        context.target.switch_back(&self.0, &readiness).await?;
        let moment = (context.plan.id.as_str(), self.0.service.as_str(), Moment::After);
        forget_configuration(context.target, moment).await?;
        let reverted = vec![format!("switched {} back", self.0.service)];
        Ok(Undo { reverted, stays: readiness.problems.into_inner() })
    }
}

/// What ran before runs again, even if it does not pass the checks: they may be those
/// of the new version, and nothing better is left.
pub(super) struct RunsAgain<'b, 'a> {
    pub(super) context: &'b DeploymentContext<'a>,
    /// Why instances are not ready, a line each.
    pub(super) problems: RefCell<Vec<String>>,
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
