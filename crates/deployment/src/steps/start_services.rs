use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    plan::{RunningService, StepId},
    step_error::DeploymentStepError,
    steps::stop_services::recorded_services,
};

/// Starts what was stopped again. The old version need not be ready with the migrated data: it
/// is replaced next. Undoing it is what starts it, too, so nothing is left to undo.
pub(super) struct StartServices {
    pub(super) services: Vec<RunningService>,
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
        progress: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let attempts = context.journal.attempts(&StepId::StopServices)?;
        let services = recorded_services(attempts, &self.services);
        // What is replaced next need not run, and each switch looks for the proxies itself.
        context.target.start(&services).await?.iter().for_each(|line| progress.line(line));
        Ok(Outcome::done((), "the old version runs until it is replaced"))
    }
}
