use async_trait::async_trait;
use git::CommitId;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use crate::{
    checkouts::tagged_checkout, context::ReleaseContext, folder::Checkout,
    logged_command::run_logged, python_versions::PythonFolder, recorded_probe::recorded_probe,
    step_error::ReleaseStepError,
};

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
        recorded_probe(
            context,
            self,
            |recorded| *recorded == passed,
            |_| "already passed".to_owned(),
        )
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<CheckEvidence>, ReleaseStepError> {
        let commit = context.commit()?.commit;
        tagged_checkout(context, Checkout::Checks).await?;
        let checks = &context.project.configuration.checks;
        let Some(check) = checks.before_release.get(self.number - 1) else {
            return Err(ReleaseStepError::failed("the check is not in the configuration"));
        };
        let command = context.command(check.argv(), &context.project_folder(Checkout::Checks))?;
        let command = command.timeout(checks.timeout.duration());
        if checks.pythons.is_empty() {
            run_logged(context, command, &check.line(), progress).await?;
            return Ok(Outcome::done(CheckEvidence { commit }, "passed"));
        }
        for version in &checks.pythons {
            let python = PythonFolder::of_version(version).await?;
            let command = python.first_on_path(command.clone());
            let line = format!("{} with Python {version}", check.line());
            run_logged(context, command, &line, progress).await?;
        }
        let detail = format!("passed with Python {}", checks.pythons.join(", "));
        Ok(Outcome::done(CheckEvidence { commit }, detail))
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
    async fn a_check_runs_with_each_python_that_is_configured() {
        let scene = TestScene::new().await;
        let version = "import sys; print('%d.%d' % sys.version_info[:2])";
        let version = process::Command::new("python3").args(["-c", version]).output().await;
        let version = version.unwrap().stdout_text().trim().to_owned();
        let mut project = scene.project.clone();
        let checks = format!(
            "[checks]\npythons = [\"{version}\"]\nbefore-release = [[\"sh\", \"-c\", \
             \"python -c 'import sys; print(sys.executable)' >> checked.txt && \
             test -x $TIDEGATE_PYTHON\"]]\n"
        );
        project.configuration.checks = configuration::parse(&checks).unwrap().checks;
        let context = ReleaseContext { project: &project, ..scene.context().await };
        carry_out(MakeCommit, &context).await.unwrap();
        let (_, detail) = carry_out(RunCheck { number: 1 }, &context).await.unwrap();
        assert_eq!(detail, format!("passed with Python {version}"));
        let marks = context.project_folder(Checkout::Checks).join("checked.txt");
        let marks = std::fs::read_to_string(marks).unwrap();
        assert!(marks.trim().ends_with(&format!("python{version}")), "{marks}");
        project.configuration.checks.pythons = vec!["2.99".to_owned()];
        let context = ReleaseContext { project: &project, ..scene.context().await };
        context.journal.undone(&StepId::Check(1)).unwrap();
        let failure = carry_out(RunCheck { number: 1 }, &context).await.unwrap_err();
        assert!(failure.text.contains("Python 2.99 is not installed"), "{failure:?}");
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
