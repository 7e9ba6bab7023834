use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{context::DeploymentContext, plan::StepId, step_error::DeploymentStepError};

/// Secures the data, and verifies what was secured. The backup stays.
pub(super) struct SecureData;

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for SecureData {
    /// The name of the backup.
    type Evidence = String;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::SecureData
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<String>, DeploymentStepError> {
        let gate = context.data_gate()?;
        let commands = context.commands()?;
        let backup = gate.secure(&commands, progress).await?;
        gate.verify(&commands, &backup, progress).await?;
        let detail = format!("{backup}, verified");
        Ok(Outcome::done(backup, detail))
    }

    /// What infrastructure has written since is not taken back.
    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        recorded: RecordedStep<String, ()>,
    ) -> Result<Undo, DeploymentStepError> {
        if let Ok(gate) = context.data_gate() {
            // What failed before matters more; a pin keeps a backup too long at worst.
            let _ = gate.release(&context.plan.id);
        }
        let is_infrastructure = context.plan.infrastructure().is_some();
        Ok(match recorded.evidence.filter(|_| is_infrastructure) {
            Some(backup) => {
                Undo::stays(format!("the data stays as it is; the backup {backup} is kept"))
            }
            None => Undo::default(),
        })
    }
}
