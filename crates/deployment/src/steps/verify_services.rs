use std::time::Duration;

use async_trait::async_trait;
use operation::counted;
use report::RunningStep;
use step_runner::{Outcome, Step};
use tokio::time::{Instant, sleep};

use crate::{
    context::DeploymentContext,
    plan::{Instance, ServiceChange, StepId},
    step_error::DeploymentStepError,
    steps::stop_services::{instances_now, is_changed, recorded_services, runs},
};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Watches every service for a while, and checks what it runs.
pub(super) struct VerifyServices {
    pub(super) changes: Vec<ServiceChange>,
    pub(super) soak: Duration,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for VerifyServices {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Verify
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let mut watched = Vec::new();
        for change in &self.changes {
            let instances = proved_instances(context, change).await?;
            watched.extend(instances.into_iter().map(|instance| (&change.service, instance)));
        }
        require_started(context).await?;
        let end = Instant::now() + self.soak;
        loop {
            for (service, instance) in &watched {
                if let Some(problem) = context.gate.problem(service, instance).await {
                    return Err(DeploymentStepError::Unfit(problem));
                }
            }
            if Instant::now() >= end {
                break;
            }
            sleep(PAUSE.min(self.soak)).await;
        }
        let detail = format!("{} ran without a fault", counted(watched.len(), "container"));
        Ok(Outcome::done((), detail))
    }
}

/// What was stopped for a migration and is not replaced must run again.
async fn require_started(context: &DeploymentContext<'_>) -> Result<(), DeploymentStepError> {
    let attempts = context.journal.attempts(&StepId::StopServices)?;
    let stopped = recorded_services(attempts, &[]).into_iter();
    for service in stopped.filter(|service| !is_changed(context, service)) {
        for instance in instances_now(context.target, &service).await? {
            runs(&instance).map_err(DeploymentStepError::Unfit)?;
        }
    }
    Ok(())
}

/// The running instances of a service, each of which must run the image of the
/// deployment.
async fn proved_instances(
    context: &DeploymentContext<'_>,
    change: &ServiceChange,
) -> Result<Vec<Instance>, DeploymentStepError> {
    let expected = context.fetched_image(&change.service)?;
    let instances = context.target.instances(&change.service).await?;
    let running: Vec<Instance> = instances.into_iter().filter(Instance::is_running).collect();
    let unfit = |problem: String| Err(DeploymentStepError::Unfit(problem));
    if let Some(other) = running.iter().find(|instance| instance.image.as_ref() != Some(&expected))
    {
        return unfit(format!("{} runs another image than was deployed", other.name));
    }
    if Ok(running.len()) != usize::try_from(change.replicas) {
        let (service, replicas) = (&change.service, change.replicas);
        return unfit(format!("{service} has {} running of {replicas}", running.len()));
    }
    Ok(running)
}
