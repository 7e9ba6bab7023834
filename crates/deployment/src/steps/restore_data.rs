use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{context::DeploymentContext, plan::StepId, step_error::DeploymentStepError};

/// Brings a backup of the data back.
pub(super) struct RestoreData {
    pub(super) backup: String,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for RestoreData {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::RestoreData
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let gate = context.data_gate()?;
        let commands = context.commands()?;
        gate.verify(&commands, &self.backup, progress).await?;
        let detail = gate.restore(&commands, &self.backup, progress).await?;
        Ok(Outcome::done((), detail))
    }

    async fn undo(
        &self,
        _: &DeploymentContext<'a>,
        recorded: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let backup = &self.backup;
        Ok(Undo::stays(match recorded.evidence {
            Some(()) => format!("the data is that of the backup {backup}"),
            None => format!("the data may be that of the backup {backup} in part"),
        }))
    }
}
