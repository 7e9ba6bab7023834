use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format that this version writes and reads. A journal of another format is
/// refused: what it recorded could be misread.
pub const FORMAT: u32 = 2;

/// The first line of every journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Format of the lines that follow.
    #[serde(rename = "journal-format")]
    pub(crate) format: u32,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was written.
    pub at: Timestamp,
    /// The step that it is about.
    pub step: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// It is about to be done.
    Intent(Value),
    /// It was done, or found done; with evidence.
    Done(Value),
    /// It failed; with the reason.
    Failed(String),
    /// It was undone; earlier outcomes no longer hold.
    Undone,
}
