use std::path::PathBuf;

use crate::Holder;

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system refused.
    #[error("journal {}: cannot {verb} it; check space and permissions", .path.display())]
    Io {
        /// The journal's file or folder.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A line that is not the last one is no record.
    #[error(
        "journal {} is damaged at line {line}; what it recorded cannot be trusted, so look at each target before you move the file away",
        .path.display()
    )]
    Damaged {
        /// The journal's file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
}

/// Why a project could not be locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another operation works on the project.
    #[error("another operation works on this project: {0}; wait for it or stop it")]
    Held(Holder),
    /// The operating system refused.
    #[error("lock {}: cannot be taken; check permissions", .path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
}
