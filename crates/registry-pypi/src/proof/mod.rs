//! Proving that a release is really served: six levels, looked at until they
//! hold or the time is up.

mod compare;
mod downloadable;
mod model;
mod selectable;
mod verdict;
mod watch;

use tokio::time::Instant;

pub use compare::{Comparison, Difference, IndexRelease, compare};
pub use model::{Level, LevelProof, LevelState, Polling, Proof, ProofOutcome, ProofRequest};
pub use selectable::Target;

use self::watch::Watch;
use crate::{IndexReader, presence::parsed_version};

impl IndexReader {
    /// Looks at the index until everything asked for holds, something is wrong
    /// for good, or the time is up. Faults on the way are waited out; the last
    /// one is the reason of the level that stayed open. `on_look` is told the
    /// state after every look.
    pub async fn prove(
        &self,
        request: &ProofRequest,
        on_look: Option<&(dyn Fn(&Proof) + Send + Sync)>,
    ) -> Proof {
        let Some(version) = parsed_version(&request.version) else {
            return no_version(self, request);
        };
        let polling = request.polling;
        let deadline = Instant::now() + polling.within;
        let mut watch = Watch::new(self, request, version);
        let mut wait = polling.first_wait;
        loop {
            // A look that hangs must not outlive the deadline.
            let in_time = tokio::time::timeout_at(deadline, watch.look(self)).await.is_ok();
            let proof = watch.proof(self);
            on_look.iter().for_each(|on_look| on_look(&proof));
            let left = deadline.saturating_duration_since(Instant::now());
            if watch.is_settled() || !in_time || left.is_zero() {
                return proof;
            }
            wait = if watch.is_near() { polling.first_wait } else { wait };
            tokio::time::sleep(wait.min(left)).await;
            wait = (wait * 2).min(polling.longest_wait);
        }
    }

    /// What the index lists of one release, to be compared with other indexes.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn index_release(
        &self,
        project: &str,
        version: &str,
    ) -> Result<IndexRelease, crate::IndexError> {
        let listing = self.listing(project).await?;
        let files = parsed_version(version)
            .map(|version| listing.files_of(&version).into_iter().cloned().collect::<Vec<_>>());
        Ok(IndexRelease { index: self.name().to_owned(), files: files.unwrap_or_default() })
    }
}

fn no_version(reader: &IndexReader, request: &ProofRequest) -> Proof {
    let reason = format!("`{}` is no version (PEP 440)", request.version);
    let state = |level| match level {
        Level::Listed => LevelState::Failed { reason: reason.clone() },
        _ => LevelState::NotAsked,
    };
    Proof {
        index: reader.name().to_owned(),
        project: request.project.clone(),
        version: request.version.clone(),
        outcome: ProofOutcome::Failed,
        levels: Level::ALL.map(|level| LevelProof { level, state: state(level) }).to_vec(),
        files: Vec::new(),
        serial: None,
        looks: 0,
        milliseconds: 0,
    }
}
