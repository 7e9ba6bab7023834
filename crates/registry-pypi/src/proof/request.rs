use std::time::Duration;

use crate::{ExpectedFile, Target};

/// How often and how long an index is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// When to give up.
    pub within: Duration,
    /// Wait after the first poll, and between the two polls that must agree.
    pub first_wait: Duration,
    /// Longest wait; the first wait is doubled up to it.
    pub longest_wait: Duration,
}

impl Default for Polling {
    /// Ten minutes, 0.1 s to 30 s: PyPI's pages usually list a file within
    /// seconds, and after minutes when its cache is purged late. An index
    /// without a cache lists a file at once, which the second poll confirms: a
    /// longer wait would not make it ask another cache.
    fn default() -> Self {
        Self {
            within: Duration::from_secs(600),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// What to prove of a release at one index.
#[derive(Debug, Clone, Default)]
pub struct ProofRequest {
    /// Project, in any spelling.
    pub project: String,
    /// Version.
    pub version: String,
    /// The files that must be served. Empty: the recorded files of the index,
    /// compared with its other interfaces.
    pub expected: Vec<ExpectedFile>,
    /// Whether the upload was accepted, if there was one.
    pub accepted: Option<bool>,
    /// Where it must be installable; without a target it must only not be yanked.
    pub target: Option<Target>,
    /// The result of an installation by a real installer, if there was one:
    /// `Err` with the reason.
    pub installed: Option<Result<(), String>>,
    /// How often and how long to poll.
    pub polling: Polling,
}
