//! Options, events and results of uploads.

use std::sync::Arc;

use crate::IndexError;

/// How a successful upload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOutcome {
    /// The index confirmed the upload.
    Accepted,
    /// The index has the same content, from this or an earlier request.
    #[serde(rename = "already_there")]
    AlreadyPresent,
}

/// A file that the index now has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Uploaded {
    /// File name.
    pub file_name: String,
    /// How the upload ended.
    pub outcome: UploadOutcome,
    /// Warnings of the index.
    pub warnings: Vec<String>,
    /// Number of attempts, 1 or more.
    pub attempts: u32,
}

/// What happens during an upload, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent<'a> {
    /// An attempt starts; bytes sent before no longer count.
    Started {
        /// File name.
        file: &'a str,
        /// Bytes to send, including the form.
        total: u64,
        /// Number of the attempt, from 1.
        attempt: u32,
    },
    /// This many more bytes were written to the connection.
    Sent(u64),
    /// The outcome is unknown: the index is probed for the file.
    Probing {
        /// File name.
        file: &'a str,
    },
    /// The next attempt starts after a wait.
    Waiting {
        /// File name.
        file: &'a str,
        /// Its length.
        wait: std::time::Duration,
    },
}

/// Receives the events of uploads.
pub type UploadObserver = Arc<dyn Fn(UploadEvent<'_>) + Send + Sync>;

/// Which attestations are uploaded with a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttestationUse {
    /// Those next to the file, if the credentials come from trusted publishing,
    /// the only case in which PyPI accepts any.
    #[default]
    WhenAllowed,
    /// Those next to the file, always.
    Always,
    /// None.
    Never,
}

/// The upload of a set failed at one file.
#[derive(Debug, thiserror::Error)]
#[error("{} of {total} files are uploaded", done.len())]
pub struct PartlyUploaded {
    /// The files that the index has.
    pub done: Vec<Uploaded>,
    /// Number of files in the set.
    pub total: usize,
    /// Why the next file failed.
    #[source]
    pub error: IndexError,
}
