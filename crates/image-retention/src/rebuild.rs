use std::fmt;

use image_ref::{ImageId, Reference};
use serde::Serialize;

use crate::{Image, Observed, Plan};

/// How a removed image can be had again. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RebuildHint {
    /// The image.
    pub image: ImageId,
    /// The tags that it had.
    pub references: Vec<Reference>,
    /// Where its source is: label `org.opencontainers.image.source` of the OCI
    /// image specification's annotations.
    pub source: Option<String>,
    /// The commit: label `org.opencontainers.image.revision`.
    pub revision: Option<String>,
    /// The version: label `org.opencontainers.image.version`.
    pub version: Option<String>,
    /// The digests by which it could be pulled, if a registry still serves them.
    pub digests: Vec<Reference>,
}

impl Plan {
    /// How each image that goes can be had again, in the order of the decisions.
    /// Images that go as parts of others are left out.
    #[must_use]
    pub fn rebuild_hints(&self, observed: &Observed) -> Vec<RebuildHint> {
        let mut removed = self.removed_images(observed);
        let by_id: std::collections::HashMap<_, _> =
            observed.images.iter().map(|image| (&image.id, image)).collect();
        let first = self.removals().filter(|decision| removed.remove(&decision.image));
        first.filter_map(|decision| by_id.get(&decision.image)).map(|image| hint(image)).collect()
    }
}

fn hint(image: &Image) -> RebuildHint {
    let label = |name: &str| {
        let value = image.labels.get(&format!("org.opencontainers.image.{name}"));
        value.filter(|value| !value.is_empty()).cloned()
    };
    RebuildHint {
        image: image.id.clone(),
        references: image.tags.clone(),
        source: label("source"),
        revision: label("revision"),
        version: label("version"),
        digests: image.digests.clone(),
    }
}

impl fmt::Display for RebuildHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, revision, version, digests, .. } = self;
        match (source, digests.first()) {
            (Some(source), _) => {
                write!(f, "build {source}")?;
                let at = revision.as_ref().or(version.as_ref());
                at.map_or(Ok(()), |at| write!(f, " at {at}"))
            }
            (None, Some(digest)) => write!(f, "pull {digest}"),
            (None, None) => f.write_str("not known"),
        }
    }
}
