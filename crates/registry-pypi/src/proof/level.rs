use std::fmt;

/// A level of proof; each rests on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The index confirmed the upload.
    Accepted,
    /// Its record (JSON API) has every file with the expected SHA-256.
    Recorded,
    /// Its simple pages, JSON and HTML, list every file, twice in succession.
    Listed,
    /// Every file and its metadata can be downloaded with the expected content.
    Downloadable,
    /// An installer would select it: not yanked, suitable for the target.
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

/// The state of a level.
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
    /// It did not hold yet at the last poll.
    NotYet {
        /// What is missing.
        reason: String,
    },
    /// The index does not have the interface.
    NotOffered,
    /// It was not requested.
    #[serde(rename = "not_asked")]
    NotRequested,
}

impl LevelState {
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into() }
    }

    pub(super) fn not_yet(reason: impl Into<String>) -> Self {
        Self::NotYet { reason: reason.into() }
    }

    pub(super) fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::NotYet { .. })
    }
}

/// A level and its state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LevelProof {
    /// The level.
    pub level: Level,
    /// Its state.
    pub state: LevelState,
}
