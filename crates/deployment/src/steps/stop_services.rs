use std::cell::RefCell;

use async_trait::async_trait;
use probe::Probe;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Instance, InstanceHealth, RunningService, StepId, names_of},
    step_error::DeploymentStepError,
    steps::switch_service::RunsAgain,
    stopped_writers::{StoppedWriters, foreign_problems},
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

/// Those instances that exist now: one that was removed was replaced by somebody.
pub(super) async fn instances_now(
    target: &dyn Target,
    running: &RunningService,
) -> Result<Vec<Instance>, DeploymentStepError> {
    let mut now = target.instances(&running.service).await?;
    now.retain(|instance| running.instances.iter().any(|one| one.id == instance.id));
    Ok(now)
}

/// Whether the requests of `deploy.health` are for a service.
pub(super) fn is_changed(context: &DeploymentContext<'_>, running: &RunningService) -> bool {
    context.plan.changes.iter().any(|change| change.service == running.service)
}

/// The reason, when it does not.
pub(super) fn runs(instance: &Instance) -> Result<(), String> {
    let is_up = instance.is_running() && instance.health != InstanceHealth::Unhealthy;
    if is_up { Ok(()) } else { Err(format!("{} does not run again", instance.name)) }
}

impl StopServices {
    /// In the order in which it is started again; what was started since the plan was made comes
    /// last.
    fn running(&self, writers: Vec<Writer>) -> Vec<RunningService> {
        let mut running: Vec<RunningService> = self.services.clone();
        running.iter_mut().for_each(|service| service.instances.clear());
        for Writer { instance, service } in writers {
            let Some(service) = service.filter(|_| instance.may_run()) else { continue };
            match running.iter_mut().find(|other| other.service == service) {
                Some(other) => other.instances.push(instance),
                None => running.push(RunningService { service, instances: vec![instance] }),
            }
        }
        running.retain(|service| !service.instances.is_empty());
        running
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
        let writers = context.target.writers().await?;
        Ok(match foreign_problems(&writers).into_iter().next() {
            Some(problem) => Probe::Diverged(DeploymentStepError::Unfit(problem)),
            None => Probe::Partial(self.running(writers)),
        })
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
        if let Some(writer) = writers.iter().find(|writer| writer.instance.may_run()) {
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
        // Whether the last attempt has stopped everything is not known without evidence, and what
        // is still being stopped looks as if it ran.
        if recorded.evidence.is_none() {
            for running in recorded.attempts.iter().flatten().flatten() {
                for instance in &running.instances {
                    // One that was removed cannot be stopped.
                    let _ = context.target.stop(instance).await;
                }
            }
        }
        let services = recorded_services(recorded.attempts, &self.services);
        let problems = context.target.start(&services).await?;
        let readiness = RunsAgain { context, problems: RefCell::default() };
        for running in &services {
            for instance in instances_now(context.target, running).await? {
                let waited = match is_changed(context, running) {
                    true => readiness.wait(&running.service, &instance).await,
                    false => runs(&instance),
                };
                readiness.problems.borrow_mut().extend(waited.err());
            }
        }
        let started =
            (!services.is_empty()).then(|| format!("started {} again", names_of(&services)));
        let stays = problems.into_iter().chain(readiness.problems.into_inner()).collect();
        Ok(Undo { reverted: started.into_iter().collect(), stays })
    }
}
