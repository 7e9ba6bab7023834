use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{ServiceChange, StepId},
    step_error::DeploymentStepError,
};

/// Migrates the data, in a container of the new image.
pub(super) struct Migrate {
    pub(super) command: String,
    pub(super) change: ServiceChange,
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for Migrate {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Migrate
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let Some(migration) = &context.settings.migration else {
            return Err(DeploymentStepError::NotRecorded("the migration".to_owned()));
        };
        let image = context.fetched_image(&self.change.service)?;
        let (command, deadline) = (migration.command.argv(), migration.timeout.duration());
        let output = context.target.run(&self.change, &image, command, deadline).await?;
        output.text.lines().for_each(|line| progress.line(line));
        let ending = match output.code {
            Some(0) => return Ok(Outcome::done((), "migrated")),
            Some(code) => format!("ended with exit code {code}"),
            None => format!("did not end within {} s", deadline.as_secs()),
        };
        let command = self.command.clone();
        Err(DeploymentStepError::CommandFailed { command, ending, output: output.text })
    }

    /// Data is not brought back by itself: that would lose what users wrote since.
    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        recorded: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        context.target.end_run().await?;
        let state = match recorded.evidence {
            Some(()) => "the data stays migrated",
            None => "the migration may have changed data",
        };
        let backup: Option<String> = context.journal.evidence(&StepId::SecureData)?;
        Ok(Undo::stays(match backup {
            Some(backup) => format!("{state}; the backup {backup} was not brought back"),
            None => state.to_owned(),
        }))
    }
}
