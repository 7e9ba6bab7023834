//! What goes into an upload and comes out of it.

use std::sync::Arc;

use crate::IndexError;

/// How an upload ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOutcome {
    /// The index answered that it has the file.
    Accepted,
    /// The index serves the same bytes; which request brought them is not known.
    AlreadyThere,
}

/// A file that is at the index now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Uploaded {
    /// File name.
    pub file_name: String,
    /// How it ended.
    pub outcome: UploadOutcome,
    /// What the index remarked.
    pub warnings: Vec<String>,
    /// Attempts made, 1 or more.
    pub attempts: u32,
}

/// What happens during an upload, for a person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent<'a> {
    /// An attempt begins; what was sent before counts no longer.
    Started {
        /// File name.
        file: &'a str,
        /// Bytes to send, form included.
        total: u64,
        /// Number of the attempt, from 1.
        attempt: u32,
    },
    /// So many more bytes were handed to the connection.
    Sent(u64),
    /// The outcome is not known: the index is asked what it has.
    Looking {
        /// File name.
        file: &'a str,
    },
    /// Nothing is sent for this long.
    Waiting {
        /// File name.
        file: &'a str,
        /// For how long.
        wait: std::time::Duration,
    },
}

/// Is told what happens during uploads.
pub type UploadObserver = Arc<dyn Fn(UploadEvent<'_>) + Send + Sync>;

/// Which attestations are uploaded with a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttestationUse {
    /// Those beside the file, if the credentials come from trusted publishing,
    /// the only case in which PyPI takes any.
    #[default]
    WhenAllowed,
    /// Those beside the file, always.
    Always,
    /// None.
    Never,
}

/// Some files were uploaded before one was not.
#[derive(Debug, thiserror::Error)]
#[error("{} of {total} files are uploaded", done.len())]
pub struct PartlyUploaded {
    /// The files that are at the index.
    pub done: Vec<Uploaded>,
    /// Files in all.
    pub total: usize,
    /// Why the next one is not.
    #[source]
    pub error: IndexError,
}
