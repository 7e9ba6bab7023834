use std::fmt;

use serde::Serialize;

/// One thing that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// The target, such as `index pypi`.
    pub(crate) target: String,
    /// What was looked at.
    pub(crate) what: String,
    /// What came of it.
    pub(crate) verdict: Verdict,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// As it should be: the evidence.
    Holds(String),
    /// Not as it should be: how.
    Differs(String),
    /// The target could not be asked: why.
    Unknown(String),
}

impl Check {
    pub(crate) fn new(target: impl Into<String>, what: &str, verdict: Verdict) -> Self {
        Self { target: target.into(), what: what.to_owned(), verdict }
    }
}

impl Verdict {
    /// One word for tables, and the text.
    pub(crate) fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Holds(text) => ("ok", text),
            Self::Differs(text) => ("DIFFERS", text),
            Self::Unknown(text) => ("unknown", text),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.target, self.what, self.verdict.words().1)
    }
}
