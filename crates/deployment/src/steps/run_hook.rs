use async_trait::async_trait;
use configuration::DeployHook;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    plan::{HookPoint, StepId},
    project_command::OUTCOME_VARIABLE,
    step_error::DeploymentStepError,
};

/// Runs a command of the project.
pub(super) struct RunHook {
    pub(super) point: HookPoint,
    /// From 1.
    pub(super) number: usize,
}

impl RunHook {
    fn hook<'a>(&self, context: &DeploymentContext<'a>) -> Option<&'a DeployHook> {
        let hooks = &context.settings.hooks;
        let hooks = match self.point {
            HookPoint::Before => &hooks.before,
            HookPoint::BeforeSwitch => &hooks.before_switch,
            HookPoint::After => &hooks.after,
        };
        hooks.get(self.number.checked_sub(1)?)
    }
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for RunHook {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Hook(self.point, self.number)
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let Some(hook) = self.hook(context) else {
            return Err(DeploymentStepError::NotRecorded(format!("the command {}", self.id())));
        };
        let outcome = match self.point {
            HookPoint::Before | HookPoint::BeforeSwitch => "pending",
            HookPoint::After => "succeeded",
        };
        let commands = context.commands()?.with(OUTCOME_VARIABLE, outcome);
        let ended = commands.run(&hook.command, hook.timeout.duration(), progress).await;
        match ended {
            Ok(_) => Ok(Outcome::done((), "passed")),
            Err(error) if !hook.required => {
                Ok(Outcome::kept((), format!("failed, which is allowed: {error}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}
