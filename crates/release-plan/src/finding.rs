use std::fmt;

use serde::Serialize;

/// What kind of obstacle a finding is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Worth knowing; does not stop the release.
    Warning,
    /// A service that is needed does not answer.
    Unreachable,
    /// A precondition of the release does not hold.
    Precondition,
    /// The configuration or the request is wrong.
    Configuration,
}

/// One thing that preflight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of obstacle it is.
    pub kind: FindingKind,
    /// What it is about, such as `git` or `index pypi`.
    pub subject: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

impl Finding {
    /// Whether the release cannot go on.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.kind != FindingKind::Warning
    }

    pub(crate) fn new(
        kind: FindingKind,
        subject: &str,
        problem: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            problem: fragment(&problem.into()),
            advice: advice.to_owned(),
        }
    }
}

/// Programs and servers answer in several lines and with full stops; a finding
/// is one fragment, which the advice continues.
fn fragment(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind: _, subject, problem, advice } = self;
        write!(f, "{subject}: {problem}")?;
        if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
    }
}
