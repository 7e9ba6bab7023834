use std::fmt;

/// What happens to an upload that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Every index refuses the file, or users cannot install it.
    Broken,
    /// PyPI and TestPyPI refuse the file; a private index may accept it.
    RefusedByPypi,
    /// The file is accepted, but may cause problems.
    Questionable,
}

/// A rule that a distribution, or a set of them, breaks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Its consequence.
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

/// The rules that an index enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadRules {
    /// Those of PyPI and TestPyPI.
    #[default]
    Pypi,
    /// Only that names and archives can be parsed, as pypiserver and devpi do.
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
    findings: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), findings: Vec::new() }
    }

    pub(crate) fn broken(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Broken, rule, message.into());
    }

    pub(crate) fn refused(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::RefusedByPypi, rule, message.into());
    }

    pub(crate) fn questionable(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Questionable, rule, message.into());
    }

    fn push(&mut self, severity: Severity, rule: &'static str, message: String) {
        let file = self.file.clone();
        self.findings.push(Finding { severity, rule, file, message });
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.findings
    }
}
