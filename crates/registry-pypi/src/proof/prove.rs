use std::str::FromStr as _;

use pep440_rs::Version;
use transport::Backoff;

use super::{
    level::{Level, LevelProof, LevelState},
    outcome::{Proof, ProofOutcome},
    request::ProofRequest,
    running::RunningProof,
};
use crate::IndexReader;

/// Polls the index until everything requested holds, a level fails for good,
/// or the time is up. Faults in between are ignored; the last one is the reason
/// of a level that stays open. `on_poll` gets the state after every poll.
pub async fn prove(
    reader: &IndexReader,
    request: &ProofRequest,
    on_poll: Option<&(dyn Fn(&Proof) + Send + Sync)>,
) -> Proof {
    let Ok(version) = Version::from_str(&request.version) else {
        return invalid_version(reader, request);
    };
    let polling = request.polling;
    let mut running = RunningProof::new(reader, request, version);
    let mut backoff = Backoff::new(polling.first_wait).longest_wait(polling.longest_wait);
    backoff = backoff.jitter(0.0).within(polling.within);
    loop {
        // A poll that hangs must not outlive the deadline.
        let in_time = tokio::time::timeout(backoff.time_left(), running.poll()).await.is_ok();
        let proof = running.proof();
        if let Some(on_poll) = on_poll {
            on_poll(&proof);
        }
        if running.needs_confirmation() {
            backoff.restart_waits();
        }
        if running.is_final() || !in_time || !backoff.wait().await {
            return proof;
        }
    }
}

fn invalid_version(reader: &IndexReader, request: &ProofRequest) -> Proof {
    let reason = format!("`{}` is not a version (PEP 440)", request.version);
    let levels = Level::ALL.map(|level| {
        let state = match level {
            Level::Listed => LevelState::failed(&reason),
            _ => LevelState::NotRequested,
        };
        LevelProof { level, state }
    });
    Proof {
        index: reader.name().to_owned(),
        project: request.project.clone(),
        version: request.version.clone(),
        outcome: ProofOutcome::Failed,
        levels: levels.to_vec(),
        files: Vec::new(),
        serial: None,
        polls: 0,
        milliseconds: 0,
    }
}
