//! Proving what an index serves, level by level.

use registry_pypi::{Level, LevelState, Proof, ProofOutcome, ProofRequest};
use report::Step as Progress;
use serde_json::json;

use super::{
    release::Release,
    step::{Outcome, StepFailure},
};

impl Release<'_> {
    /// Proves levels (a) to (e) by looking, then (f) by installing.
    pub(crate) async fn prove_index(
        &self,
        index: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let package = self.project.package.as_ref();
        let name = package.map(|package| package.pyproject.normalized_name()).unwrap_or_default();
        let request = ProofRequest {
            project: name,
            version: self.pep440(),
            expected: self.expected_files()?,
            accepted: Some(true),
            polling: self.services.polling(self.project, index),
            ..ProofRequest::default()
        };
        let reader = self.services.index(index)?;
        let look = |proof: &Proof| progress.line(&proof_words(proof));
        let proof = reader.prove(&request, Some(&look)).await;
        judge(&proof)?;
        let file = self.install_from(index, progress).await?;
        let words = format!("{}; installed {file}", proof_words(&proof));
        Ok(Outcome::done(&json!({ "proof": proof, "installed": file }), &words))
    }
}

/// The outcome as a failure, unless everything asked for holds.
pub(crate) fn judge(proof: &Proof) -> Result<(), StepFailure> {
    let open = reasons(proof).join("; ");
    match proof.outcome {
        ProofOutcome::Proved => Ok(()),
        ProofOutcome::RecordedNotListed => Err(StepFailure {
            advice: Some("nothing is lost: run the same command again later".to_owned()),
            ..StepFailure::new(format!(
                "recorded, not yet listed: {} has the files and its pages do not show them yet ({open})",
                proof.index
            ))
        }),
        _ => Err(StepFailure::new(format!(
            "{} does not serve what was uploaded: {open}",
            proof.index
        ))),
    }
}

/// Why levels do not hold.
pub(crate) fn reasons(proof: &Proof) -> Vec<String> {
    let reason = |level: &registry_pypi::LevelProof| match &level.state {
        LevelState::Failed { reason } | LevelState::NotYet { reason } => {
            Some(format!("{}: {reason}", level.level))
        }
        _ => None,
    };
    proof.levels.iter().filter_map(reason).collect()
}

/// The levels that hold, as words.
pub(crate) fn proof_words(proof: &Proof) -> String {
    let held = Level::ALL.into_iter().filter(|level| *proof.state(*level) == LevelState::Proved);
    let held: Vec<String> = held.map(|level| level.to_string()).collect();
    if held.is_empty() { "nothing proved yet".to_owned() } else { held.join(", ") }
}
