//! One broken rule.

use std::fmt;

/// What happens to an upload that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Every index refuses it, or users cannot install it.
    Broken,
    /// PyPI and TestPyPI refuse it; a private index may not mind.
    RefusedByPypi,
    /// It is accepted, and somebody will regret it.
    Questionable,
}

/// A rule that a distribution, or a set of them, breaks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable name of the rule, such as `local-version`.
    pub rule: &'static str,
    /// The file concerned.
    pub file: String,
    /// What is wrong and what to do about it, as a fragment.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.file, self.message, self.rule)
    }
}

/// Which rules an index enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadRules {
    /// Those of PyPI and TestPyPI.
    #[default]
    Pypi,
    /// Only that names and archives can be understood at all, as pypiserver and
    /// devpi ask.
    Basic,
}

impl UploadRules {
    /// Whether an index with these rules refuses an upload with this finding.
    #[must_use]
    pub fn refuse(self, finding: &Finding) -> bool {
        match finding.severity {
            Severity::Broken => true,
            Severity::RefusedByPypi => self == Self::Pypi,
            Severity::Questionable => false,
        }
    }
}

/// Collects the findings on one file.
pub(crate) struct Findings {
    file: String,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn on(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        rule: &'static str,
        message: impl Into<String>,
    ) {
        let (file, message) = (self.file.clone(), message.into());
        self.found.push(Finding { severity, rule, file, message });
    }

    pub(crate) fn refuse(&mut self, rule: &'static str, message: impl Into<String>) {
        self.add(Severity::RefusedByPypi, rule, message);
    }

    pub(crate) fn question(&mut self, rule: &'static str, message: impl Into<String>) {
        self.add(Severity::Questionable, rule, message);
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
