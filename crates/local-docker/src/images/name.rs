use std::fmt;

use image_ref::{ImageId, Reference};

/// How a request names an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    /// By the engine's identifier.
    Id(ImageId),
    /// By a tag or a digest of a repository.
    Reference(Reference),
}

impl From<ImageId> for ImageName {
    fn from(id: ImageId) -> Self {
        Self::Id(id)
    }
}

impl From<&ImageId> for ImageName {
    fn from(id: &ImageId) -> Self {
        Self::Id(id.clone())
    }
}

impl From<&Reference> for ImageName {
    fn from(reference: &Reference) -> Self {
        Self::Reference(reference.clone())
    }
}

impl From<Reference> for ImageName {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Reference(reference) => reference.fmt(f),
        }
    }
}
