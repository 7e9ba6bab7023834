use std::fmt;

use serde::Serialize;

/// One check of a published release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The target, such as `index pypi`.
    pub target: String,
    /// What was checked.
    pub what: String,
    /// The result.
    pub verdict: Verdict,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be: the evidence.
    Holds(String),
    /// Not as it should be: how.
    Differs(String),
    /// The target could not be queried: why.
    Unknown(String),
}

impl Check {
    pub(super) fn new(target: impl Into<String>, what: &str, verdict: Verdict) -> Self {
        Self { target: target.into(), what: what.to_owned(), verdict }
    }
}

impl Verdict {
    /// One word for tables.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Holds(_) => "ok",
            Self::Differs(_) => "DIFFERS",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The evidence or the reason.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Holds(text) | Self::Differs(text) | Self::Unknown(text) => text,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.target, self.what, self.verdict.text())
    }
}
