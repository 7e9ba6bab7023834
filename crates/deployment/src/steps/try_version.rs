use std::time::Duration;

use async_trait::async_trait;
use configuration::{Argv, Trial};
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, Undo};
use tokio::time::sleep;

use crate::{
    context::DeploymentContext,
    plan::{Instance, ServiceChange, StepId},
    secret_mask::SecretMask,
    step_error::DeploymentStepError,
    target::Readiness as _,
};

/// How long an instance is watched once it is ready; less when the services are watched
/// for less.
const WATCHED: Duration = Duration::from_secs(3);
/// How long a command may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Lines of its output that are part of the error.
const SHOWN_LINES: usize = 20;

/// Tries the new version of a service out where nobody reaches it.
pub(super) struct TryVersion {
    pub(super) change: ServiceChange,
    /// The command that runs instead, as a person would type it.
    pub(super) command: Option<String>,
}

impl TryVersion {
    async fn run(
        &self,
        context: &DeploymentContext<'_>,
        command: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        let settings = context.settings.service_settings.get(&self.change.service);
        let argv = settings.and_then(|own| match &own.trial {
            Some(Trial::Command(argv)) => Some(Argv::argv(argv)),
            _ => None,
        });
        let Some(argv) = argv else {
            return Err(DeploymentStepError::NotRecorded(format!("the command {}", self.id())));
        };
        let timeout = settings.and_then(|own| own.trial_timeout);
        let deadline = timeout.map_or(TIMEOUT, |timeout| timeout.duration());
        let image = context.fetched_image(&self.change.service)?;
        let output = context.target.run(&self.change, &image, argv, deadline).await?;
        let text = SecretMask::default().mask(&output.text);
        text.lines().for_each(|line| progress.line(line));
        let ending = match output.code {
            Some(0) => return Ok("passed".to_owned()),
            Some(code) => format!("ended with exit code {code}"),
            None => format!("did not end within {} s", deadline.as_secs()),
        };
        let output = last_lines(&text);
        Err(DeploymentStepError::CommandFailed { command: command.to_owned(), ending, output })
    }

    async fn start(&self, context: &DeploymentContext<'_>) -> Result<String, DeploymentStepError> {
        let image = context.fetched_image(&self.change.service)?;
        let instance = context.target.start_trial(&self.change, &image).await?;
        let problem = self.watch(context, &instance).await.err();
        let printed = match problem {
            Some(_) => context.target.diagnose(&instance).await,
            None => Ok(String::new()),
        };
        context.target.end_run().await?;
        let Some(reason) = problem else { return Ok("was ready, and was removed".to_owned()) };
        let output = last_lines(
            &SecretMask::default().mask(&printed.unwrap_or_else(|error| error.to_string())),
        );
        let service = self.change.service.clone();
        Err(DeploymentStepError::TrialFailed { service, reason, output })
    }

    /// Waits until the instance is ready, and whether it stays so.
    async fn watch(
        &self,
        context: &DeploymentContext<'_>,
        instance: &Instance,
    ) -> Result<(), String> {
        let service = &self.change.service;
        context.gate.wait(service, instance).await?;
        let ready = context.gate.look(instance).await?;
        sleep(WATCHED.min(context.settings.soak.duration())).await;
        context.gate.problem(service, &ready).await.map_or(Ok(()), Err)
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for TryVersion {
    type Evidence = ();
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Trial(self.change.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, DeploymentStepError> {
        let detail = match &self.command {
            Some(command) => self.run(context, command, progress).await?,
            None => self.start(context).await?,
        };
        Ok(Outcome::done((), detail))
    }

    async fn undo(
        &self,
        context: &DeploymentContext<'a>,
        _: RecordedStep<(), ()>,
    ) -> Result<Undo, DeploymentStepError> {
        context.target.end_run().await?;
        Ok(Undo::default())
    }
}
