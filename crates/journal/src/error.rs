use std::{fmt, path::PathBuf};

use crate::{FORMAT, Holder};

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {action} journal {}; check space and permissions", .path.display())]
    Io {
        /// The journal's file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A line that is not the last one is not a record.
    #[error(
        "journal {} is damaged at line {line}; its records cannot be trusted, so check each target \
         before you move the file away",
        .path.display()
    )]
    Damaged {
        /// The journal's file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What the reader found.
        #[source]
        source: serde_json::Error,
    },
    /// It was written in another format.
    #[error(
        "journal {} {}, and this version reads format {FORMAT}; finish or close that operation \
         with the version that started it, or check each target and move the file away",
        .path.display(), Format(*.found)
    )]
    Format {
        /// The journal's file.
        path: PathBuf,
        /// Its format; `None` when it states none.
        found: Option<u32>,
    },
    /// What was recorded for a step has another shape than expected.
    #[error(
        "journal {} has a record of {step} that cannot be read; nothing was changed, so check that \
         target and move the file away",
        .path.display()
    )]
    Unreadable {
        /// The journal's file.
        path: PathBuf,
        /// The step.
        step: String,
        /// What the reader found.
        #[source]
        source: serde_json::Error,
    },
    /// A value cannot be written as JSON.
    #[error("cannot record {step} in a journal")]
    Unwritable {
        /// The step.
        step: String,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
}

/// A journal's format as part of a sentence.
struct Format(Option<u32>);

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(format) => write!(f, "has format {format}"),
            None => f.write_str("states no format"),
        }
    }
}

/// Why a project could not be locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another operation holds the lock.
    #[error("another operation works on this project: {}; wait for it or stop it", HolderName(.0))]
    Held(Option<Holder>),
    /// The operating system refused.
    #[error("cannot take lock {}; check permissions", .path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
}

/// A holder as part of a sentence; one that has just taken the lock has not
/// written its name yet.
struct HolderName<'a>(&'a Option<Holder>);

impl fmt::Display for HolderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(holder) => holder.fmt(f),
            None => f.write_str("one that has just started"),
        }
    }
}
