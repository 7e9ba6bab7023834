use async_trait::async_trait;
use registry_pypi::{
    FileName, IndexReader, Level, LevelProof, LevelState, Proof, ProofOutcome, ProofRequest, prove,
};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step};

use super::{build_package::package, collect_package::recorded_files};
use crate::{
    context::ReleaseContext,
    fitting_wheel::{FittingWheel, fitting_wheel},
    install_check::index_check,
    step_error::ReleaseStepError,
};

/// Proves what an index serves, level by level, and installs it into a clean
/// environment.
pub(crate) struct VerifyIndex {
    pub(crate) index: String,
}

/// Evidence of what an index serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndexEvidence {
    /// The levels that were proved.
    proved: Vec<String>,
    /// What was installed, imported and run.
    installed: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for VerifyIndex {
    type Evidence = IndexEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::VerifyIndex(self.index.clone())
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<IndexEvidence>, ReleaseStepError> {
        let request = ProofRequest {
            project: package(context)?.pyproject.normalized_name(),
            version: context.pep440(),
            expected: recorded_files(context)?.files,
            accepted: Some(true),
            polling: context.clients.polling(context.project, &self.index),
            ..ProofRequest::default()
        };
        let reader: &IndexReader = context.clients.index(&self.index)?;
        let on_poll = |proof: &Proof| progress.line(&levels_text(proof));
        let proof = prove(reader, &request, Some(&on_poll)).await;
        require_proved(&proof)?;
        let installed = self.install(context, progress).await?;
        let detail = format!("{}; {installed}", levels_text(&proof));
        Ok(Outcome::done(IndexEvidence { proved: proved_levels(&proof), installed }, detail))
    }
}

impl VerifyIndex {
    async fn install(
        &self,
        context: &ReleaseContext<'_>,
        progress: &RunningStep,
    ) -> Result<String, ReleaseStepError> {
        if let Some(reason) = without_wheel(context).await? {
            return Ok(reason);
        }
        let (project, clients) = (context.project, context.clients);
        let check = index_check(project, clients, &self.index, &context.version)?;
        let report = check.run(&|line| progress.line(line.text())).await?;
        Ok(report.summary())
    }
}

/// Why nothing is installed: the release has wheels, and none for this machine, where pip
/// would build the sdist.
async fn without_wheel(context: &ReleaseContext<'_>) -> Result<Option<String>, ReleaseStepError> {
    let files = recorded_files(context)?.files;
    let names = files.iter().filter_map(|file| file.file_name.parse::<FileName>().ok());
    let wheels: Vec<FileName> = names.filter(|name| name.tags.is_some()).collect();
    if wheels.is_empty() {
        return Ok(None);
    }
    let fitting = fitting_wheel(&wheels, &context.clients.python).await;
    Ok(match fitting {
        FittingWheel::Found(_) => None,
        FittingWheel::Absent(_) => Some(fitting.to_string()),
    })
}

fn require_proved(proof: &Proof) -> Result<(), ReleaseStepError> {
    let (index, problems) = (&proof.index, proof_problems(proof).join("; "));
    match proof.outcome {
        ProofOutcome::Proved => Ok(()),
        ProofOutcome::RecordedNotListed => Err(ReleaseStepError::Failed {
            problem: format!(
                "recorded, not yet listed: {index} has the files, but its pages do not show them \
                 yet ({problems})"
            ),
            advice: Some("nothing is lost: run the same command again later".to_owned()),
        }),
        _ => Err(ReleaseStepError::failed(format!(
            "{index} does not serve what was uploaded: {problems}"
        ))),
    }
}

/// Why levels are not proved.
pub(crate) fn proof_problems(proof: &Proof) -> Vec<String> {
    let problem = |level: &LevelProof| match &level.state {
        LevelState::Failed { reason } | LevelState::NotYet { reason } => {
            Some(format!("{}: {reason}", level.level))
        }
        _ => None,
    };
    proof.levels.iter().filter_map(problem).collect()
}

/// The levels that are proved.
pub(crate) fn proved_levels(proof: &Proof) -> Vec<String> {
    let levels = Level::ALL.into_iter();
    levels
        .filter(|level| *proof.state(*level) == LevelState::Proved)
        .map(|level| level.to_string())
        .collect()
}

fn levels_text(proof: &Proof) -> String {
    let proved = proved_levels(proof);
    if proved.is_empty() { "nothing proved yet".to_owned() } else { proved.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::PackageEvidence,
        test_scene::{TestScene, carry_out},
    };

    #[tokio::test]
    async fn an_index_that_does_not_have_the_files_is_not_proved() {
        let scene = TestScene::new().await;
        let mut project = scene.project.clone();
        let deadline = Some("200ms".parse().unwrap());
        project.configuration.indexes.get_mut("pypi").unwrap().deadline = deadline;
        let context = ReleaseContext { project: &project, ..scene.context().await };
        context
            .journal
            .done(&StepId::BuildPackage, &PackageEvidence { files: Vec::new() })
            .unwrap();
        let step = VerifyIndex { index: "pypi".to_owned() };
        let failure = carry_out(step, &context).await.unwrap_err();
        assert!(failure.text.starts_with("pypi does not serve"), "{}", failure.text);
    }
}
