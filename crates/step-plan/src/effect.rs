use std::fmt;

use serde::{Deserialize, Serialize};

/// What a step changes, in the order of how far that reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing.
    ReadOnly,
    /// Something on this machine only.
    Local,
    /// Something public that nobody follows and that can be withdrawn.
    Withdrawable,
    /// Something public for ever: others may have a copy, and its name is never
    /// free again.
    Permanent,
    /// What users follow.
    Followed,
}

impl Effect {
    /// Whether anything leaves this machine.
    #[must_use]
    pub fn is_public(self) -> bool {
        self >= Self::Withdrawable
    }

    /// Whether others have, or rely on, what the step did: it is not withdrawn.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        self >= Self::Permanent
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "changes nothing",
            Self::Local => "on this machine",
            Self::Withdrawable => "public, can be withdrawn",
            Self::Permanent => "public for ever",
            Self::Followed => "what users follow",
        })
    }
}
