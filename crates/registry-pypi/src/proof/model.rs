//! What is asked of a proof, and what it says.

use std::{fmt, time::Duration};

use crate::{ExpectedFile, Target};

/// How often and how long an index is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// When to give up.
    pub within: Duration,
    /// Wait after the first look, and between the two that must agree.
    pub first_wait: Duration,
    /// Longest wait; the first is doubled up to it.
    pub longest_wait: Duration,
}

impl Default for Polling {
    /// Ten minutes, 0.5 s to 30 s: PyPI's pages are there within seconds as a
    /// rule, and after minutes when a purge of its cache is late. An index
    /// without a cache in front shows a file at once, and is believed after the
    /// second look.
    fn default() -> Self {
        Self {
            within: Duration::from_secs(600),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// What is to be proved of a release at one index.
#[derive(Debug, Clone, Default)]
pub struct ProofRequest {
    /// Project, in any spelling.
    pub project: String,
    /// Version.
    pub version: String,
    /// The files that must be served. Empty: whatever the index has recorded,
    /// compared with itself.
    pub expected: Vec<ExpectedFile>,
    /// Whether the upload was accepted, if there was one.
    pub accepted: Option<bool>,
    /// What must be able to install it; without it, only that it is not yanked.
    pub target: Option<Target>,
    /// What an installation by a real installer came to, if there was one:
    /// `Err` with the reason.
    pub installed: Option<Result<(), String>>,
    /// How long to look.
    pub polling: Polling,
}

/// What can be proved of a release, each resting on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The index answered the upload with success.
    Accepted,
    /// Its record (JSON API) has every file with our SHA-256.
    Recorded,
    /// Its simple pages, JSON and HTML, list every file, twice in succession.
    Listed,
    /// Every file and its metadata can be downloaded and are the same bytes.
    Downloadable,
    /// An installer would choose it: not yanked, fit for the target.
    Selectable,
    /// A real installer installed it.
    Installed,
}

impl Level {
    /// All levels in order.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Recorded,
        Self::Listed,
        Self::Downloadable,
        Self::Selectable,
        Self::Installed,
    ];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Recorded => "recorded",
            Self::Listed => "listed",
            Self::Downloadable => "downloadable",
            Self::Selectable => "selectable",
            Self::Installed => "installed",
        })
    }
}

/// How far one level got.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelState {
    /// It holds.
    Proved,
    /// It does not hold, and waiting does not help.
    Failed {
        /// Why.
        reason: String,
    },
    /// It did not hold yet at the last look.
    NotYet {
        /// What is missing.
        reason: String,
    },
    /// The index has nothing of the kind.
    NotOffered,
    /// Nobody asked.
    NotAsked,
}

/// The state of one level.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LevelProof {
    /// The level.
    pub level: Level,
    /// How far it got.
    pub state: LevelState,
}

/// What the levels come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofOutcome {
    /// Everything asked for holds.
    Proved,
    /// The index has the files and its pages do not list them yet. Not a
    /// failure: caches are late, seldom by an hour.
    RecordedNotListed,
    /// Something was missing when the time was up.
    Incomplete,
    /// Something is wrong that waiting does not repair.
    Failed,
}

/// What was proved of a release at one index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// Name of the index.
    pub index: String,
    /// Project, as asked.
    pub project: String,
    /// Version, as asked.
    pub version: String,
    /// What the levels come to.
    pub outcome: ProofOutcome,
    /// Every level.
    pub levels: Vec<LevelProof>,
    /// The files proved, with the SHA-256 that holds at this index.
    pub files: Vec<ExpectedFile>,
    /// The index's counter of changes at the last look, where it has one.
    pub serial: Option<u64>,
    /// Number of looks.
    pub looks: u32,
    /// Time taken, in milliseconds.
    pub milliseconds: u64,
}

impl Proof {
    /// The state of one level.
    #[must_use]
    pub fn state(&self, level: Level) -> &LevelState {
        let found = self.levels.iter().find(|proof| proof.level == level);
        found.map_or(&LevelState::NotAsked, |proof| &proof.state)
    }

    /// Whether everything asked for holds.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.outcome == ProofOutcome::Proved
    }
}
