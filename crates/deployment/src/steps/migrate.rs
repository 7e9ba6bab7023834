use async_trait::async_trait;
use operation::error_chain;
use report::{RunningStep, StepState};
use step_runner::{Outcome, RecordedStep, Step, Undo};

use crate::{
    context::DeploymentContext,
    plan::{ServiceChange, StepId},
    step_error::DeploymentStepError,
    stopped_writers::StoppedWriters,
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
        let may_restore = context.plan.steps.get(&StepId::StopServices).is_some();
        Ok(match (backup, may_restore) {
            (None, false) => Undo::stays(state),
            (Some(backup), false) => {
                Undo::stays(format!("{state}; the backup {backup} was not brought back"))
            }
            (None, true) => without_restore(context, state.to_owned()).await,
            (Some(backup), true) => match loss(context).await? {
                None => restore(context, &backup, state).await,
                Some(reason) => {
                    let text = format!(
                        "{state}; the backup {backup} was not brought back, because {reason}"
                    );
                    without_restore(context, text).await
                }
            },
        })
    }
}

/// Why data that is brought back could lose what was written since its backup; `None` when every
/// writer was stopped before that, and none was started since.
async fn loss(context: &DeploymentContext<'_>) -> Result<Option<String>, DeploymentStepError> {
    let journal = &context.journal;
    let stopped: Option<StoppedWriters> = journal.evidence(&StepId::StopServices)?;
    let Some(stopped) = stopped else {
        return Ok(Some("the application was not stopped before".to_owned()));
    };
    // What was taken back ran, too.
    let start = StepId::StartServices.to_string();
    if journal.records().steps().contains(&start.as_str()) {
        return Ok(Some("the application was started again since".to_owned()));
    }
    let disturbance = stopped.disturbance(context.target).await?;
    Ok(disturbance.map(|what| format!("{what} meanwhile")))
}

/// An attempt that was cut off may have left a server that refuses writes.
async fn without_restore(context: &DeploymentContext<'_>, text: String) -> Undo {
    let left = async { context.data_gate()?.leave_restore().await };
    match left.await {
        Ok(()) => Undo::stays(text),
        Err(error) => Undo {
            stays: vec![text, format!("a restore may not be ended: {}", error_chain(&error))],
            ..Undo::default()
        },
    }
}

/// If that fails, the old version runs nevertheless.
async fn restore(context: &DeploymentContext<'_>, backup: &str, state: &str) -> Undo {
    let title = format!("Bring the backup {backup} back");
    let step = context.environment.reporter.step("data.restore", &title);
    let restoring = async {
        let (gate, commands) = (context.data_gate()?, context.commands()?);
        gate.bring_back(&commands, backup, &step).await
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
