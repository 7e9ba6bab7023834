//! A changelog in the format of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/):
//! parsed, released, quoted, and filled from commit messages.
//!
//! Texts are changed by inserting lines; existing text is never rewritten.

mod document;
mod error;
mod generate;
mod links;
mod release;

pub use document::{Changelog, Heading, Section};
pub use error::ChangelogError;
pub use generate::{CommitMessage, GeneratedNotes, generate};
pub use release::{insert_unreleased, release};
