use std::{fmt, str::FromStr};

use image_ref::{Digest, ImageTag, ParseError, Repository};

/// By what a manifest is requested inside its repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ManifestName {
    /// By tag, which may move.
    Tag(ImageTag),
    /// By digest, which is the content.
    Digest(Digest),
}

impl ManifestName {
    /// The text that stands in the request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }

    /// The manifest as errors name it.
    pub(super) fn in_repository(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => format!("{repository}:{tag}"),
            Self::Digest(digest) => format!("{repository}@{digest}"),
        }
    }

    /// The digest, if it is requested by digest.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Tag(_) => None,
            Self::Digest(digest) => Some(digest),
        }
    }
}

impl fmt::Display for ManifestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ManifestName {
    type Err = ParseError;

    /// A digest when it begins like one, else a tag.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.contains(':') {
            true => text.parse().map(Self::Digest),
            false => text.parse().map(Self::Tag),
        }
    }
}

impl From<&ImageTag> for ManifestName {
    fn from(tag: &ImageTag) -> Self {
        Self::Tag(tag.clone())
    }
}

impl From<&Digest> for ManifestName {
    fn from(digest: &Digest) -> Self {
        Self::Digest(digest.clone())
    }
}

impl From<&Self> for ManifestName {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}
