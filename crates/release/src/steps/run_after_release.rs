use async_trait::async_trait;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step_runner::{Outcome, Step, StepProbe};

use crate::{
    checkouts::tagged_checkout, context::ReleaseContext, folder::Checkout,
    logged_command::run_logged, recorded_probe::recorded_probe, step_error::ReleaseStepError,
};

/// Runs a command of the project after everything is published and verified.
pub(crate) struct RunAfterRelease {
    /// From 1.
    pub(crate) number: usize,
}

/// Evidence of a command that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandEvidence {
    command: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for RunAfterRelease {
    type Evidence = CommandEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::AfterRelease(self.number)
    }

    /// A command that succeeded is not run again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        recorded_probe(context, self, |_| true, |_| "already run".to_owned())
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<CommandEvidence>, ReleaseStepError> {
        let configuration = &context.project.configuration;
        let Some(command) = configuration.project.after_release.get(self.number - 1) else {
            return Err(ReleaseStepError::failed("the command is not in the configuration"));
        };
        tagged_checkout(context, Checkout::Checks).await?;
        let line = command.line();
        let folder = context.project_folder(Checkout::Checks);
        let command = context.command(command.argv(), &folder)?;
        let command = command.timeout(configuration.checks.timeout.duration());
        let command = command.env("TIDEGATE_ATTEMPT", self.attempts(context)?.to_string());
        run_logged(context, command, &line, progress).await?;
        Ok(Outcome::done(CommandEvidence { command: line }, "done"))
    }
}

impl RunAfterRelease {
    /// How often the command was started, with this time. Nobody knows how far an attempt
    /// got that failed or that a crash ended; the command can look.
    fn attempts(&self, context: &ReleaseContext<'_>) -> Result<usize, ReleaseStepError> {
        Ok(context.journal.records().intents::<Value>(&self.id().to_string())?.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::make_commit::MakeCommit,
        test_scene::{TestScene, carry_out},
    };

    #[tokio::test]
    async fn a_command_that_runs_again_can_see_it() {
        let mut scene = TestScene::new().await;
        let script = "echo $TIDEGATE_ATTEMPT >> $TIDEGATE_PROJECT_DIR/../attempts; test $TIDEGATE_ATTEMPT -ge 3";
        let settings = format!("[project]\nafter-release = [[\"sh\", \"-c\", \"{script}\"]]\n");
        scene.project.configuration.project = configuration::parse(&settings).unwrap().project;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let step = || RunAfterRelease { number: 1 };
        carry_out(step(), &context).await.unwrap_err();
        // A crash leaves an intent without an outcome.
        context.journal.intend(&step().id(), &"a command").unwrap();
        carry_out(step(), &context).await.unwrap();
        carry_out(step(), &context).await.unwrap();
        let attempts = std::fs::read_to_string(scene.root().with_file_name("attempts")).unwrap();
        // The second is that of the crash; a command that succeeded does not run again.
        assert_eq!(attempts, "1\n3\n");
    }
}
