use std::fmt;

use image_ref::{ImageId, Reference};
use serde::Serialize;

/// The subject of a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// One tag of an image.
    Reference(Reference),
    /// An image that has no tag.
    ImageId(ImageId),
}

impl Target {
    /// The reference, unless the target is an image without a tag.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Reference(reference) => Some(reference),
            Self::ImageId(_) => None,
        }
    }
}

impl fmt::Display for Target {
    /// The reference, or the twelve digits that `docker images` prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) => reference.fmt(f),
            Self::ImageId(id) => f.write_str(id.short()),
        }
    }
}
