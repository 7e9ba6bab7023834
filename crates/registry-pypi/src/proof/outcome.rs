use super::level::{Level, LevelProof, LevelState};
use crate::ExpectedFile;

/// The outcome of all levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofOutcome {
    /// Everything requested holds.
    Proved,
    /// The index has recorded the files, but its pages do not list them yet.
    /// Not a failure: caches are late, seldom by an hour.
    RecordedNotListed,
    /// A level did not hold when the time was up.
    Incomplete,
    /// A level fails for good.
    Failed,
}

impl ProofOutcome {
    pub(super) fn of_levels(levels: &[LevelProof]) -> Self {
        let recorded = levels
            .iter()
            .any(|proof| proof.level == Level::Recorded && proof.state == LevelState::Proved);
        let mut open = levels.iter().filter(|proof| proof.state.is_open());
        if levels.iter().any(|proof| proof.state.is_failed()) {
            Self::Failed
        } else if recorded && open.clone().any(|proof| proof.level == Level::Listed) {
            Self::RecordedNotListed
        } else if open.next().is_some() {
            Self::Incomplete
        } else {
            Self::Proved
        }
    }
}

/// The proof of a release at one index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// Name of the index.
    pub index: String,
    /// Project, as requested.
    pub project: String,
    /// Version, as requested.
    pub version: String,
    /// The outcome of all levels.
    pub outcome: ProofOutcome,
    /// Every level.
    pub levels: Vec<LevelProof>,
    /// The files, with the SHA-256 that holds at this index.
    pub files: Vec<ExpectedFile>,
    /// The index's counter of changes at the last poll, if it has one.
    pub serial: Option<u64>,
    /// Number of polls.
    #[serde(rename = "looks")]
    pub polls: u32,
    /// Time taken, in milliseconds.
    pub milliseconds: u64,
}

impl Proof {
    /// The state of one level.
    #[must_use]
    pub fn state(&self, level: Level) -> &LevelState {
        let proof = self.levels.iter().find(|proof| proof.level == level);
        proof.map_or(&LevelState::NotRequested, |proof| &proof.state)
    }

    /// Whether everything requested holds.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.outcome == ProofOutcome::Proved
    }
}
