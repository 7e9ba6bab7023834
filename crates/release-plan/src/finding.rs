use std::fmt;

use configuration::FileLine;
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
    /// The line at fault, where it is one.
    pub place: Option<FileLine>,
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

    /// The configuration or the request is wrong.
    pub(crate) fn mistake(subject: &str, problem: impl AsRef<str>, advice: &str) -> Self {
        Self::new(FindingKind::Configuration, subject, problem.as_ref(), advice)
    }

    /// A precondition of the release does not hold.
    pub(crate) fn precondition(subject: &str, problem: impl AsRef<str>, advice: &str) -> Self {
        Self::new(FindingKind::Precondition, subject, problem.as_ref(), advice)
    }

    /// A service that is needed does not answer.
    pub(crate) fn unreachable(subject: &str, problem: impl AsRef<str>, advice: &str) -> Self {
        Self::new(FindingKind::Unreachable, subject, problem.as_ref(), advice)
    }

    /// Something that does not stop the release.
    pub(crate) fn warning(subject: &str, problem: impl AsRef<str>, advice: &str) -> Self {
        Self::new(FindingKind::Warning, subject, problem.as_ref(), advice)
    }

    /// With the line at fault.
    pub(crate) fn at(self, place: Option<&FileLine>) -> Self {
        Self { place: place.cloned(), ..self }
    }

    /// The same finding about something optional.
    pub(crate) fn into_warning(self) -> Self {
        Self { kind: FindingKind::Warning, ..self }
    }

    fn new(kind: FindingKind, subject: &str, problem: &str, advice: &str) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            place: None,
            problem: single_line(problem),
            advice: advice.to_owned(),
        }
    }
}

/// Programs and servers answer in several lines and with full stops; a finding
/// is one fragment, which the advice continues.
fn single_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind: _, subject, place, problem, advice } = self;
        place.iter().try_for_each(|place| write!(f, "{place}: "))?;
        write!(f, "{subject}: {problem}")?;
        if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
    }
}
