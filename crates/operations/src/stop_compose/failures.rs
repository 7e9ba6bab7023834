use report::{Level, Reporter};

use crate::{FailureKind, OperationError, error::chain};

/// What failed, by the words for its project.
pub(super) struct Failures<'a> {
    reporter: &'a Reporter,
    several: bool,
    failed: Vec<(String, OperationError)>,
}

impl<'a> Failures<'a> {
    /// Of so many projects, none has failed yet.
    pub(super) fn of(projects: usize, reporter: &'a Reporter) -> Self {
        Self { reporter, several: projects > 1, failed: Vec::new() }
    }

    /// With several projects, each failure is told when it comes.
    pub(super) fn add(&mut self, words: String, error: OperationError) {
        if self.several && error.kind() != FailureKind::Interrupted {
            self.reporter.message(Level::Error, item(&words, &error));
        }
        self.failed.push((words, error));
    }

    pub(super) fn interrupted(&self) -> bool {
        self.failed.iter().any(|(_, error)| error.kind() == FailureKind::Interrupted)
    }

    /// The failure of the whole; `changed`: whether anything is other than before.
    pub(super) fn conclude(mut self, changed: bool) -> Result<(), OperationError> {
        if self.interrupted() {
            return Err(OperationError::Interrupted);
        }
        if !self.several {
            return self.failed.pop().map_or(Ok(()), |(_, error)| Err(error));
        }
        let Some((_, first)) = self.failed.first() else { return Ok(()) };
        let number = self.failed.len();
        Err(OperationError::Listed {
            problem: format!(
                "{number} {} not down",
                if number == 1 { "project is" } else { "projects are" }
            ),
            items: self.failed.iter().map(|(words, error)| item(words, error)).collect(),
            kind: if changed { FailureKind::HalfWay } else { first.kind() },
            advice: first.advice().map(str::to_owned),
        })
    }
}

/// The error, with the project unless it is named in it.
fn item(words: &str, error: &OperationError) -> String {
    let text = chain(error);
    if text.contains(words) { text } else { format!("{words}: {text}") }
}
