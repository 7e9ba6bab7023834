use async_trait::async_trait;
use operation::error_chain;
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
        context: &DeploymentContext<'a>,
        recorded: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        let backup = &self.backup;
        if recorded.evidence.is_some() {
            return Ok(Undo::stays(format!("the data is that of the backup {backup}")));
        }
        // A server may refuse writes until its restore is ended. The code is brought back anyway.
        let left = async { context.data_gate()?.leave_restore().await };
        let state = format!("the data may be that of the backup {backup} in part");
        Ok(Undo::stays(match left.await {
            Ok(()) => state,
            Err(error) => format!("{state}, and the restore is not ended: {}", error_chain(&error)),
        }))
    }
}
