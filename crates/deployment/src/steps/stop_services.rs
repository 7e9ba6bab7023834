use std::cell::RefCell;

use async_trait::async_trait;
use probe::Probe;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use crate::{
    context::DeploymentContext,
    plan::{RunningService, StepId, names_of},
    step_error::DeploymentStepError,
    steps::switch_service::RunsAgain,
    stopped_writers::{StoppedWriters, foreign_writers},
    target::{Readiness as _, Target, Writer},
};

/// Stops everything of the application, so that nothing writes while the data is migrated.
pub(super) struct StopServices {
    /// What ran when this was planned.
    pub(super) services: Vec<RunningService>,
}

/// What the last attempt found running; what was planned, where only the plan is recorded.
pub(super) fn recorded_services(
    attempts: Vec<Option<Vec<RunningService>>>,
    planned: &[RunningService],
) -> Vec<RunningService> {
    let ran = attempts.into_iter().flatten().next_back();
    ran.unwrap_or_else(|| planned.to_vec())
}

impl StopServices {
    /// In the order in which it is started again; what was started since the plan was made comes
    /// last.
    async fn running(
        &self,
        target: &dyn Target,
    ) -> Result<Vec<RunningService>, DeploymentStepError> {
        let mut running: Vec<RunningService> = self.services.clone();
        running.iter_mut().for_each(|service| service.instances.clear());
        for Writer { instance, service } in target.writers().await? {
            let Some(service) = service.filter(|_| instance.is_running()) else { continue };
            match running.iter_mut().find(|other| other.service == service) {
                Some(other) => other.instances.push(instance),
                None => running.push(RunningService { service, instances: vec![instance] }),
            }
        }
        running.retain(|service| !service.instances.is_empty());
        Ok(running)
    }
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for StopServices {
    type Evidence = StoppedWriters;
    /// What runs and is to be stopped.
    type Missing = Vec<RunningService>;

    fn id(&self) -> StepId {
        StepId::StopServices
    }

    async fn probe(
        &self,
        context: &DeploymentContext<'a>,
    ) -> Result<StepProbe<Self, DeploymentContext<'a>>, DeploymentStepError> {
        match foreign_writers(context.target).await?.into_iter().next() {
            Some(problem) => Ok(Probe::Diverged(DeploymentStepError::Unfit(problem))),
            None => Ok(Probe::Partial(self.running(context.target).await?)),
        }
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        running: Option<Vec<RunningService>>,
        _: &RunningStep,
    ) -> Result<Outcome<StoppedWriters>, DeploymentStepError> {
        // Those that depend on others stop before them.
        for service in running.iter().flatten().rev() {
            for instance in &service.instances {
                context.target.stop(instance).await?;
            }
        }
        let writers = context.target.writers().await?;
        if let Some(writer) = writers.iter().find(|writer| writer.instance.is_running()) {
            let problem = format!("{} was started while others were stopped", writer.instance.name);
            return Err(DeploymentStepError::Unfit(problem));
        }
        Ok(Outcome::done(StoppedWriters::new(&writers), "nothing writes to the data"))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        recorded: RecordedStep<StoppedWriters, Vec<RunningService>>,
    ) -> Result<Undo, DeploymentStepError> {
        let services = recorded_services(recorded.attempts, &self.services);
        context.target.start(&services).await?;
        let readiness = RunsAgain { context, problems: RefCell::default() };
        for RunningService { service, instances } in &services {
            let now = context.target.instances(service).await?;
            // One that was removed meanwhile was replaced by somebody.
            for instance in now.iter().filter(|one| instances.iter().any(|it| it.id == one.id)) {
                if let Err(problem) = readiness.wait(service, instance).await {
                    readiness.problems.borrow_mut().push(problem);
                }
            }
        }
        let started =
            (!services.is_empty()).then(|| format!("started {} again", names_of(&services)));
        let stays = readiness.problems.into_inner();
        Ok(Undo { reverted: started.into_iter().collect(), stays })
    }
}
