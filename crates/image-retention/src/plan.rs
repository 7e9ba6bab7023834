use std::{collections::BTreeMap, fmt};

use image_ref::{ImageId, Reference};
use serde::Serialize;

use crate::{KeepReason, RemovalReason};

/// What happens to everything in scope, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// One for each reference and dangling image in scope: by repository, family
    /// of tags and version, the newest first; dangling images last.
    pub decisions: Vec<Decision>,
}

/// What a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// One tag of an image.
    Reference(Reference),
    /// An image that has no tag.
    ImageId(ImageId),
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

/// What happens to one reference or dangling image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// What it is about.
    pub target: Target,
    /// The image that it names.
    pub image: ImageId,
    /// Bytes of that image, layers that others share included.
    pub size: u64,
    /// What happens, and why.
    pub verdict: Verdict,
}

/// What happens, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is removed.
    Remove(RemovalReason),
    /// It stays, for all of these reasons; there is at least one.
    Keep(Vec<KeepReason>),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remove(reason) => reason.fmt(f),
            Self::Keep(reasons) => {
                for (index, reason) in reasons.iter().enumerate() {
                    write!(f, "{}{reason}", if index == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
        }
    }
}

/// What is removed of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageRemoval {
    /// The image.
    pub image: ImageId,
    /// The tags to remove; none when the image has none and goes by its ID.
    pub references: Vec<Reference>,
}

impl Decision {
    /// The reference it is about, unless it is about a dangling image.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        match &self.target {
            Target::Reference(reference) => Some(reference),
            Target::ImageId(_) => None,
        }
    }

    /// Whether the target goes.
    #[must_use]
    pub fn is_removal(&self) -> bool {
        matches!(self.verdict, Verdict::Remove(_))
    }
}

impl Plan {
    /// The decisions to remove.
    pub fn removals(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.is_removal())
    }

    /// The decisions to keep.
    pub fn kept(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| !decision.is_removal())
    }

    /// The removals of each image together, for whoever carries them out.
    #[must_use]
    pub fn by_image(&self) -> Vec<ImageRemoval> {
        let mut groups: BTreeMap<&ImageId, Vec<Reference>> = BTreeMap::new();
        for decision in self.removals() {
            groups.entry(&decision.image).or_default().extend(decision.reference().cloned());
        }
        let removal =
            |(image, references): (&ImageId, _)| ImageRemoval { image: image.clone(), references };
        groups.into_iter().map(removal).collect()
    }
}
