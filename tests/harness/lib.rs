//! What the test programs of this package share: git with an identity of its own, files of
//! a project, the programs of the workspace as files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod git;
mod parallel;
mod program;
mod project_file;

/// A build backend for `backend-path`, which needs nothing to be installed: `backend.py`.
pub const BACKEND: &str = include_str!("backend.py");

pub use git::Git;
pub use parallel::{Named, in_parallel};
pub use program::{RELEASE_TIME, built, find_program, link_program, python};
pub use project_file::ProjectFile;
