use std::{
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

use journal::{Journal, JournalError, Records};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The journal of an operation, shared by its steps.
#[derive(Debug)]
pub struct StepJournal(Mutex<Journal>);

impl StepJournal {
    /// Shares this journal.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        Self(Mutex::new(journal))
    }

    /// The evidence that a step recorded.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`] when it has another shape.
    pub fn evidence<T: DeserializeOwned>(
        &self,
        step: &impl Display,
    ) -> Result<Option<T>, JournalError> {
        self.lock().records().evidence(&step.to_string())
    }

    /// What each attempt of a step was about to do, oldest first; `None` for everything.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`] when it has another shape.
    pub fn attempts<M: DeserializeOwned>(
        &self,
        step: &impl Display,
    ) -> Result<Vec<Option<M>>, JournalError> {
        attempts(self.lock().records(), &step.to_string())
    }

    /// Everything recorded so far.
    #[must_use]
    pub fn records(&self) -> Records {
        self.lock().records().clone()
    }

    /// As [`Journal::intend`].
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn intend(&self, step: &impl Display, intent: &impl Serialize) -> Result<(), JournalError> {
        self.lock().intend(step, intent)
    }

    /// As [`Journal::done`].
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn done(&self, step: &impl Display, evidence: &impl Serialize) -> Result<(), JournalError> {
        self.lock().done(step, evidence)
    }

    /// As [`Journal::failed`].
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn failed(&self, step: &impl Display, reason: &str) -> Result<(), JournalError> {
        self.lock().failed(step, reason)
    }

    /// As [`Journal::undone`].
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn undone(&self, step: &impl Display) -> Result<(), JournalError> {
        self.lock().undone(step)
    }

    /// Records are whole lines: a panic elsewhere leaves the journal usable.
    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of an intent that its step reads.
#[derive(Deserialize)]
struct RecordedIntent<M> {
    #[serde(default = "no_part")]
    missing: Option<M>,
}

fn no_part<M>() -> Option<M> {
    None
}

/// What each attempt of a step was about to do, oldest first.
pub(crate) fn attempts<M: DeserializeOwned>(
    records: &Records,
    step: &str,
) -> Result<Vec<Option<M>>, JournalError> {
    let intents: Vec<RecordedIntent<M>> = records.intents(step)?;
    Ok(intents.into_iter().map(|intent| intent.missing).collect())
}
