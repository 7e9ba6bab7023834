//! Which images a project's files name, so that they are kept.

mod image;
mod layers;
mod scope;
mod walk;

use std::path::PathBuf;

use image_ref::{Reference, Repository};

use crate::{ComposeProject, Surroundings};

/// What the files of a project say about images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Every image named, in every file and profile; also those that a later
    /// file replaces.
    pub images: Vec<Mention>,
    /// What could not be read, for people; the images concerned are
    /// [`Mentioned::Unknown`].
    pub problems: Vec<String>,
}

/// An image that a service names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The service; empty when a whole file cannot be read.
    pub service: String,
    /// The file that says it.
    pub file: PathBuf,
    /// What it says.
    pub image: Mentioned,
    /// Whether the service is built here.
    pub built: bool,
    /// The profiles that the service belongs to.
    pub profiles: Vec<String>,
}

/// How much is known of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mentioned {
    /// All of it. Without tag and digest, `latest` is meant.
    Reference(Reference),
    /// Its repository; the tag cannot be told.
    Repository(Repository),
    /// Nothing; why, for people.
    Unknown(String),
}

/// Reads all files of a project, what they include and extend, loosely and
/// without Compose. Whatever cannot be resolved is told in less detail, never
/// left out: this is for keeping images, not for running them.
#[must_use]
pub fn mentions(project: &ComposeProject, surroundings: &Surroundings) -> Mentions {
    walk::Walk::of(project, surroundings)
}
