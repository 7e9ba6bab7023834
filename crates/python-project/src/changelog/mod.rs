//! A changelog in Markdown or reStructuredText: parsed, released, quoted, and filled from
//! commit messages.
//!
//! Titles are read in the forms that projects use, and new ones are written in the form of
//! those before. Texts are changed by inserting lines; only the title of a section that
//! says that it is not released yet is rewritten.

mod content;
mod date;
mod document;
mod error;
mod file;
mod fragments;
mod generate;
mod heading;
mod links;
mod markdown;
mod markup;
mod merge;
mod notes;
mod place;
mod release;
mod style;
mod title;
mod version_text;

pub use document::Changelog;
pub use error::ChangelogError;
pub use file::candidate_files;
pub use fragments::{FragmentTool, Fragments};
pub use generate::{CommitMessage, GeneratedNotes, generate};
pub use markup::Markup;
pub use release::{NewRelease, add_candidates, release};
