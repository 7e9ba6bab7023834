use std::path::PathBuf;

use image_ref::{Reference, Repository};

/// The images that the files of a project name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Every image, in every file and profile, including those that a later file
    /// replaces.
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
    /// The file that names the image.
    pub file: PathBuf,
    /// The image.
    pub image: Mentioned,
    /// Whether the service is built on this machine.
    pub built: bool,
    /// The profiles of the service.
    pub profiles: Vec<String>,
}

/// How much of an image's name is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mentioned {
    /// All of it. Without tag and digest it refers to `latest`.
    Reference(Reference),
    /// The repository; the tag cannot be resolved.
    Repository(Repository),
    /// Nothing; the reason, for people.
    Unknown(String),
}
