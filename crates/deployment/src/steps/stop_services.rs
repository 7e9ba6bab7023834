use std::{cell::RefCell, collections::BTreeMap};

use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, StepId},
    step_error::DeploymentStepError,
    steps::switch_service::RunsAgain,
};

/// Stops everything that may write to the data.
pub(super) struct StopServices {
    pub(super) services: BTreeMap<String, Vec<Instance>>,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for StopServices {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::StopServices
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        for instance in self.services.values().flatten() {
            context.target.stop(instance).await?;
        }
        Ok(Outcome::done((), "nothing writes to the data"))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let readiness = RunsAgain { context, problems: RefCell::default() };
        for (service, instances) in &self.services {
            context.target.start(service, instances, &readiness).await?;
        }
        let services = self.services.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let reverted = vec![format!("started {services} again")];
        Ok(Undo { reverted, stays: readiness.problems.into_inner() })
    }
}
