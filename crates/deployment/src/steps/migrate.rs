use async_trait::async_trait;
use operation::error_chain;
use report::{RunningStep, StepState};
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{Action, ServiceChange, StepId},
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

    /// Data is brought back only by policy, and only while nothing has written to it since:
    /// otherwise what users wrote would be lost.
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
        Ok(match backup {
            None => Undo::stays(state),
            Some(backup) if is_untouched(context)? => restore(context, &backup, state).await,
            Some(backup) => {
                Undo::stays(format!("{state}; the backup {backup} was not brought back"))
            }
        })
    }
}

/// Whether every writer was stopped before the backup, and none of the new version was started.
fn is_untouched(context: &DeploymentContext<'_>) -> Result<bool, DeploymentStepError> {
    let was_stopped: Option<()> = context.journal.evidence(&StepId::StopServices)?;
    let records = context.journal.records();
    // What was taken back ran, too.
    let may_have_written = context.plan.steps.iter().any(|step| {
        let starts = matches!(step.action, Action::Switch(_) | Action::Try { command: None, .. });
        starts && records.steps().contains(&step.id().to_string().as_str())
    });
    Ok(was_stopped.is_some() && !may_have_written)
}

/// If that fails, the old version runs nevertheless.
async fn restore(context: &DeploymentContext<'_>, backup: &str, state: &str) -> Undo {
    let title = format!("Bring the backup {backup} back");
    let step = context.environment.reporter.step("data.restore", &title);
    let restoring = async {
        let (gate, commands) = (context.data_gate()?, context.commands()?);
        gate.restore(&commands, backup, &step).await
    };
    match restoring.await {
        Ok(detail) => {
            step.finish(StepState::Done, &detail);
            Undo { reverted: vec![format!("brought the data back: {detail}")], stays: Vec::new() }
        }
        Err(error) => {
            let problem = error_chain(&error);
            step.finish(StepState::Failed, &problem);
            Undo::stays(format!(
                "{state}; the backup {backup} could not be brought back: {problem}"
            ))
        }
    }
}
