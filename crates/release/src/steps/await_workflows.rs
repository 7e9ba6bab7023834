use async_trait::async_trait;
use git::CommitId;
use github::{WaitPolicy, WorkflowOutcome, WorkflowRun};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step};

use crate::{
    context::ReleaseContext, step_error::ReleaseStepError, workflow_failure::failure_lines,
};

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
                let lines = failure_lines(client, context.environment, &runs).await;
                return Err(ReleaseStepError::WorkflowsFailed {
                    names: run_names(&runs),
                    lines: lines.iter().map(|line| format!("\n{line}")).collect(),
                });
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

#[cfg(test)]
mod tests {
    use rehearsal::forge::{Workflow, WorkflowJob};

    use super::*;
    use crate::{
        steps::{create_tag::CreateTag, make_commit::MakeCommit, push_git::PushGit},
        test_scene::{TestScene, carry_out},
    };

    /// The failure of a workflow with this job, after the push.
    async fn failure(workflow: Workflow) -> String {
        let workflow = workflow.concludes("failure");
        let mut scene = TestScene::with_workflows(vec![workflow]).await;
        let github = scene.project.configuration.github.as_mut().unwrap();
        github.wait_for = vec!["CI".to_owned()];
        let context = scene.context().await;
        let (branch, remote) = ("main".to_owned(), "origin".to_owned());
        carry_out(MakeCommit, &context).await.unwrap();
        let tag = CreateTag { tag: "v0.2.0".to_owned(), branch: branch.clone() };
        carry_out(tag, &context).await.unwrap();
        carry_out(PushGit { remote, branch }, &context).await.unwrap();
        let step = AwaitWorkflows { workflows: vec!["CI".to_owned()] };
        let text = carry_out(step, &context).await.unwrap_err().text;
        text.replace(&scene.forge.url(), "FORGE")
    }

    #[tokio::test]
    async fn a_failure_shows_page_job_step_and_the_end_of_the_log_without_secrets() {
        let log = "2026-01-02T03:04:05.0000000Z using pypi-test\n\
                   2026-01-02T03:04:06.0000000Z E   assert 1 == 2\n\
                   2026-01-02T03:04:07.0000000Z ##[error]Process completed with exit code 1.\n\
                   2026-01-02T03:04:08.0000000Z Cleaning up orphan processes\n";
        let job = WorkflowJob::new("test (3.12)").step("Install").fails_at("Run tests").log(log);
        let lint = WorkflowJob::new("lint").fails_at("Run ruff");
        let workflow = Workflow::new("CI").job(WorkflowJob::new("build")).job(job).job(lint);
        let expected = "failed for this commit: CI\n\
                        CI: failure, FORGE/web/demo/tool/actions/runs/1\n  \
                        also failed: lint\n  \
                        job `test (3.12)`, step `Run tests`:\n    \
                        using ***\n    \
                        E   assert 1 == 2\n    \
                        Error: Process completed with exit code 1.";
        assert_eq!(failure(workflow).await, expected);
    }

    #[tokio::test]
    async fn a_log_that_cannot_be_read_is_reported_with_the_reason() {
        let job = WorkflowJob::new("test").fails_at("Run tests").log_deleted();
        let text = failure(Workflow::new("CI").job(job)).await;
        let end = "job `test`, step `Run tests`:\n    its log cannot be read: cannot read the log \
                   of job `test`: not found; check the name and whether the token may see it";
        assert!(text.ends_with(end), "{text}");
        let text = failure(Workflow::new("CI")).await;
        assert!(text.ends_with("/actions/runs/1\n  no job was started"), "{text}");
    }
}
