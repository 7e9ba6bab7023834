use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    history::{History, record_clean_up, remove_snapshot},
    plan::{Action, StepId},
    record::DeploymentRecord,
    snapshot::forgotten_files,
    step_error::DeploymentStepError,
};

/// Removes the names that keep the images of deployments which are too old for a
/// rollback, and the snapshots of their configurations. Their records stay.
pub(super) struct CleanUp {
    pub(super) deployments: Vec<String>,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for CleanUp {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::CleanUp
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let history = History::read(context.target).await?;
        for record in self.deployments.iter().filter_map(|id| history.record(id)) {
            remove_ways_back(context, record).await?;
            for name in forgotten_files(&history, record) {
                remove_snapshot(context.target, &name).await?;
            }
            if let Ok(gate) = context.data_gate() {
                gate.release(&record.plan.id)?;
            }
            record_clean_up(context.target, &record.plan.id).await?;
        }
        Ok(Outcome::done(
            (),
            format!("no way back to what ran before {}", self.deployments.join(", ")),
        ))
    }
}

async fn remove_ways_back(
    context: &DeploymentContext<'_>,
    record: &DeploymentRecord,
) -> Result<(), DeploymentStepError> {
    for step in record.plan.steps.iter() {
        if let Action::SecureWayBack { service, tag, .. } = &step.action {
            context.target.remove_way_back(service, tag).await?;
        }
    }
    Ok(())
}
