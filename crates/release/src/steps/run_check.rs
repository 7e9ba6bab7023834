use async_trait::async_trait;
use git::CommitId;
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use crate::{context::ReleaseContext, folder::Checkout, step_error::ReleaseStepError};

/// Runs a check of the project in a checkout of the release commit.
pub(crate) struct RunCheck {
    /// From 1.
    pub(crate) number: usize,
}

/// Evidence of a check that passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckEvidence {
    commit: CommitId,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for RunCheck {
    type Evidence = CheckEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Check(self.number)
    }

    /// A check that passed for this commit is not run again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let passed = CheckEvidence { commit: context.commit()?.commit };
        Ok(match context.evidence(self)? {
            Some(recorded) if recorded == passed => {
                Probe::Identical(Outcome::already_done(passed, "already passed"))
            }
            _ => Probe::Absent,
        })
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<CheckEvidence>, ReleaseStepError> {
        let commit = context.commit()?.commit;
        context.tagged_checkout(Checkout::Checks).await?;
        let checks = &context.project.configuration.checks;
        let Some(check) = checks.before_release.get(self.number - 1) else {
            return Err(ReleaseStepError::failed("the check is not in the configuration"));
        };
        context
            .command(check.argv(), &context.project_folder(Checkout::Checks))?
            .summary(check.line())
            .timeout(checks.timeout.duration())
            .stream(|line| progress.line(line.text()))
            .await?;
        Ok(Outcome::done(CheckEvidence { commit }, "passed"))
    }
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::MakeCommit,
        test_scene::{TestScene, carry_out},
    };

    #[tokio::test]
    async fn a_check_that_passed_for_this_commit_is_not_run_again() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        carry_out(RunCheck { number: 1 }, &context).await.unwrap();
        let (state, _) = carry_out(RunCheck { number: 1 }, &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
        let marks = context.project_folder(Checkout::Checks).join("checked.txt");
        assert_eq!(std::fs::read_to_string(marks).unwrap(), "checked\n");
    }

    #[tokio::test]
    async fn a_check_runs_again_for_another_commit() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let other = context.commit().unwrap().base;
        context.journal.done(&StepId::Check(1), &CheckEvidence { commit: other }).unwrap();
        let (state, _) = carry_out(RunCheck { number: 1 }, &context).await.unwrap();
        assert_eq!(state, StepState::Done);
    }

    #[tokio::test]
    async fn a_check_that_is_not_configured_fails() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let failure = carry_out(RunCheck { number: 2 }, &context).await.unwrap_err();
        assert!(failure.text.contains("not in the configuration"), "{}", failure.text);
    }
}
