use async_trait::async_trait;
use git::CommitId;
use github::{WaitPolicy, WorkflowOutcome, WorkflowRun};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step};

use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// Waits until workflows of the release commit are green.
pub(crate) struct AwaitWorkflows {
    pub(crate) workflows: Vec<String>,
}

/// Evidence of green workflows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkflowEvidence {
    commit: CommitId,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for AwaitWorkflows {
    type Evidence = WorkflowEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::AwaitWorkflows
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<WorkflowEvidence>, ReleaseStepError> {
        let client = context.clients.github()?;
        let policy = wait_policy(context);
        let commit = context.commit()?.commit;
        let outcome =
            client.workflows().wait(commit.as_str(), &self.workflows, policy, &|_| ()).await?;
        let problem = match outcome {
            WorkflowOutcome::Green(runs) => {
                let detail = format!("green: {}", run_names(&runs));
                return Ok(Outcome::done(WorkflowEvidence { commit }, detail));
            }
            WorkflowOutcome::Failed(runs) => {
                format!("failed for this commit: {}", run_names(&runs))
            }
            WorkflowOutcome::NotStarted(missing) => {
                format!("did not start in time: {}", missing.join(", "))
            }
            WorkflowOutcome::Running(runs) => {
                format!("still running after {} s: {}", policy.deadline.as_secs(), run_names(&runs))
            }
        };
        Err(ReleaseStepError::failed(problem))
    }
}

fn wait_policy(context: &ReleaseContext<'_>) -> WaitPolicy {
    let default = WaitPolicy::default();
    let github = context.project.configuration.github.as_ref();
    let deadline = github.map_or(default.deadline, |github| github.wait.duration());
    WaitPolicy { deadline, poll: default.poll.min(deadline / 20) }
}

fn run_names(runs: &[WorkflowRun]) -> String {
    let names = runs.iter().map(|run| run.name.clone().unwrap_or_else(|| run.path.clone()));
    names.collect::<Vec<_>>().join(", ")
}
