use std::{str::FromStr as _, time::Duration};

use pep440_rs::Version;
use tokio::time::Instant;

use super::{
    level::{Level, LevelProof, LevelState},
    outcome::{Proof, ProofOutcome},
    request::ProofRequest,
    running::RunningProof,
};
use crate::IndexReader;

/// Replaces deadlines that are too far away to be a point in time.
const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 86_400);

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
    let now = Instant::now();
    let deadline = now.checked_add(polling.within).unwrap_or(now + THIRTY_YEARS);
    let mut running = RunningProof::new(reader, request, version);
    let mut wait = polling.first_wait;
    loop {
        // A poll that hangs must not outlive the deadline.
        let in_time = tokio::time::timeout_at(deadline, running.poll()).await.is_ok();
        let proof = running.proof();
        if let Some(on_poll) = on_poll {
            on_poll(&proof);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if running.is_final() || !in_time || left.is_zero() {
            return proof;
        }
        wait = if running.needs_confirmation() { polling.first_wait } else { wait };
        tokio::time::sleep(wait.min(left)).await;
        wait = wait.saturating_mul(2).min(polling.longest_wait);
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
