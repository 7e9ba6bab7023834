//! A changelog as [Keep a Changelog](https://keepachangelog.com/en/1.1.0/)
//! describes it: read, released, quoted, and filled from commit messages.
//!
//! Texts are changed by inserting lines; what people wrote is never rewritten.

mod document;
mod generate;
mod links;
mod release;

pub use document::{Changelog, Heading, Section};
pub use generate::{CommitMessage, Generated, generate};
pub use release::{insert_unreleased, release};

/// Why a changelog cannot be released.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangelogError {
    /// Neither a section for the version nor one for what is not released yet.
    #[error(
        "the changelog has no section `{version}` and no section `Unreleased`; write what changed"
    )]
    NoSection {
        /// The version.
        version: String,
    },
    /// The section exists and says nothing.
    #[error("the changelog's section `{section}` is empty; write what changed")]
    Empty {
        /// Its title.
        section: String,
    },
}
