use report::{Level, Reporter};

use crate::{Failure, FailureKind, OperationError, error_chain};

/// Failures of several targets that are worked on in turn: a failure of one does
/// not stop the others.
pub struct Failures<'a, E> {
    reporter: &'a Reporter,
    several: bool,
    failed: Vec<(String, E)>,
}

impl<'a, E: Failure + From<OperationError>> Failures<'a, E> {
    /// No failure yet of this many targets.
    #[must_use]
    pub fn new(targets: usize, reporter: &'a Reporter) -> Self {
        Self { reporter, several: targets > 1, failed: Vec::new() }
    }

    /// Adds the failure of a target. With several targets it is reported at once.
    pub fn push(&mut self, target: String, error: E) {
        if self.several && error.kind() != FailureKind::Interrupted {
            self.reporter.message(Level::Error, failure_line(&target, &error));
        }
        self.failed.push((target, error));
    }

    /// Whether the user interrupted the work on one of the targets.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.failed.iter().any(|(_, error)| error.kind() == FailureKind::Interrupted)
    }

    /// The failure of the whole. `outcome` says what did not happen: `1 project is
    /// not down`; `changed` says whether anything differs from before.
    ///
    /// # Errors
    /// The only failure of a single target; [`OperationError::Several`] with all of
    /// them for several; [`OperationError::Interrupted`].
    pub fn conclude(mut self, changed: bool, outcome: impl Fn(usize) -> String) -> Result<(), E> {
        if self.is_interrupted() {
            return Err(OperationError::Interrupted.into());
        }
        if !self.several {
            return self.failed.pop().map_or(Ok(()), |(_, error)| Err(error));
        }
        let Some((_, first)) = self.failed.first() else { return Ok(()) };
        Err(OperationError::Several {
            problem: outcome(self.failed.len()),
            items: self.failed.iter().map(|(target, error)| failure_line(target, error)).collect(),
            kind: if changed { FailureKind::HalfWay } else { first.kind() },
            advice: first.advice().map(str::to_owned),
        }
        .into())
    }
}

/// The error, with the target unless its text names it.
fn failure_line(target: &str, error: &impl Failure) -> String {
    let text = error_chain(error);
    if text.contains(target) { text } else { format!("{target}: {text}") }
}
