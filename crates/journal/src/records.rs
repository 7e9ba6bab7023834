use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Entry, FORMAT, JournalError, Record, record::Header};

/// The content of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    path: PathBuf,
    records: Vec<Record>,
}

impl Records {
    pub(crate) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), records: Vec::new() }
    }

    /// Reads whole lines, the header first; no line at all is an empty journal.
    pub(crate) fn from_lines(path: &Path, lines: &[u8]) -> Result<Self, JournalError> {
        let mut lines = lines.split(|&b| b == b'\n').enumerate();
        let mut records = Self::empty(path);
        let Some((_, first)) = lines.next().filter(|(_, line)| !line.is_empty()) else {
            return Ok(records);
        };
        require_format(path, first)?;
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let record = serde_json::from_slice(line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?;
            records.records.push(record);
        }
        Ok(records)
    }

    pub(crate) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// The records, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Record> + ExactSizeIterator {
        self.records.iter()
    }

    /// The file that they are from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The evidence of a step that was done and not undone since.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`] when it is not a `T`.
    pub fn evidence<T: DeserializeOwned>(&self, step: &str) -> Result<Option<T>, JournalError> {
        let is_outcome = |entry: &&Entry| matches!(entry, Entry::Done(_) | Entry::Undone);
        match self.entries(step).rev().find(is_outcome) {
            Some(Entry::Done(evidence)) => self.read(step, evidence).map(Some),
            _ => Ok(None),
        }
    }

    /// Everything that a step intended since it was last undone, oldest first.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`] when an intent is not a `T`.
    pub fn intents<T: DeserializeOwned>(&self, step: &str) -> Result<Vec<T>, JournalError> {
        let since_undone = self.entries(step).rev().take_while(|entry| **entry != Entry::Undone);
        let mut intents: Vec<&Value> = since_undone
            .filter_map(|entry| match entry {
                Entry::Intent(intent) => Some(intent),
                _ => None,
            })
            .collect();
        intents.reverse();
        intents.into_iter().map(|intent| self.read(step, intent)).collect()
    }

    /// Whether a step was started, and was not undone since.
    #[must_use]
    pub fn is_started(&self, step: &str) -> bool {
        let mut since_undone =
            self.entries(step).rev().take_while(|entry| **entry != Entry::Undone);
        since_undone.any(|entry| matches!(entry, Entry::Intent(_)))
    }

    /// Whether a step was done, and was not undone since.
    #[must_use]
    pub fn is_done(&self, step: &str) -> bool {
        let mut since_undone =
            self.entries(step).rev().take_while(|entry| **entry != Entry::Undone);
        since_undone.any(|entry| matches!(entry, Entry::Done(_)))
    }

    /// The names of all steps, each once.
    #[must_use]
    pub fn steps(&self) -> Vec<&str> {
        let mut steps: Vec<&str> = self.records.iter().map(|record| &*record.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn entries(&self, step: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.records.iter().filter(move |record| record.step == step).map(|record| &record.entry)
    }

    fn read<T: DeserializeOwned>(&self, step: &str, value: &Value) -> Result<T, JournalError> {
        T::deserialize(value).map_err(|source| JournalError::Unreadable {
            path: self.path.clone(),
            step: step.to_owned(),
            source,
        })
    }
}

fn require_format(path: &Path, line: &[u8]) -> Result<(), JournalError> {
    let found = serde_json::from_slice::<Header>(line).ok().map(|header| header.format);
    if found == Some(FORMAT) {
        return Ok(());
    }
    Err(JournalError::Format { path: path.to_owned(), found })
}
