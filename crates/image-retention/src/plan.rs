use std::{collections::BTreeMap, fmt};

use image_ref::{ImageId, Reference};
use serde::Serialize;

use crate::{KeepReason, RemovalReason, Target};

/// A decision for everything in scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// One for each reference and dangling image in scope: by repository, family
    /// of tags and version, the newest first; dangling images last.
    pub decisions: Vec<Decision>,
}

/// The decision about one reference or dangling image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// The reference or dangling image.
    pub target: Target,
    /// The image that it names.
    pub image: ImageId,
    /// Bytes of that image, including layers that it shares with others.
    pub size: u64,
    /// The decision, with its reasons.
    pub verdict: RetentionVerdict,
}

/// Whether a target is removed or kept, and why. Displays as its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionVerdict {
    /// It is removed.
    Remove(RemovalReason),
    /// It is kept, for all of these reasons; there is at least one.
    Keep(Vec<KeepReason>),
}

impl fmt::Display for RetentionVerdict {
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

/// The removals of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageRemoval {
    /// The image.
    pub image: ImageId,
    /// The tags to remove; empty when the image has none and is removed by its ID.
    pub references: Vec<Reference>,
}

impl Decision {
    /// The reference, unless the target is a dangling image.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        self.target.reference()
    }

    /// Whether the target is removed.
    #[must_use]
    pub fn is_removal(&self) -> bool {
        matches!(self.verdict, RetentionVerdict::Remove(_))
    }

    /// Whether the target is kept only because the policy does not select it.
    #[must_use]
    pub fn is_unselected(&self) -> bool {
        match &self.verdict {
            RetentionVerdict::Keep(reasons) => {
                reasons.iter().all(|reason| *reason == KeepReason::NotSelected)
            }
            RetentionVerdict::Remove(_) => false,
        }
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

    /// The removals, grouped by image.
    #[must_use]
    pub fn removals_by_image(&self) -> Vec<ImageRemoval> {
        let mut groups: BTreeMap<&ImageId, Vec<Reference>> = BTreeMap::new();
        for decision in self.removals() {
            groups.entry(&decision.image).or_default().extend(decision.reference().cloned());
        }
        groups
            .into_iter()
            .map(|(image, references)| ImageRemoval { image: image.clone(), references })
            .collect()
    }
}
