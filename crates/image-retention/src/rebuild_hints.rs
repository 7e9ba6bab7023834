use std::{collections::HashMap, fmt};

use image_ref::{ImageId, Reference};
use serde::Serialize;

use crate::{EngineState, Image, Plan, removed_images};

/// How a removed image can be restored. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RebuildHint {
    /// The image.
    pub image: ImageId,
    /// The tags that it had.
    pub references: Vec<Reference>,
    /// The location of its source: label `org.opencontainers.image.source` of the
    /// OCI image specification's annotations.
    pub source: Option<String>,
    /// The commit: label `org.opencontainers.image.revision`.
    pub revision: Option<String>,
    /// The version: label `org.opencontainers.image.version`.
    pub version: Option<String>,
    /// The digests under which it can be pulled if a registry still serves them.
    pub digests: Vec<Reference>,
}

/// How each image that a plan removes can be restored, in the order of the
/// decisions. Images that are removed as parts of others are left out.
#[must_use]
pub fn rebuild_hints(plan: &Plan, state: &EngineState) -> Vec<RebuildHint> {
    let mut pending = removed_images(plan, state);
    let images: HashMap<_, _> = state.images.iter().map(|image| (&image.id, image)).collect();
    plan.removals()
        .filter(|decision| pending.remove(&decision.image))
        .filter_map(|decision| images.get(&decision.image))
        .map(|image| rebuild_hint(image))
        .collect()
}

fn rebuild_hint(image: &Image) -> RebuildHint {
    RebuildHint {
        image: image.id.clone(),
        references: image.tags.clone(),
        source: oci_label(image, "source"),
        revision: oci_label(image, "revision"),
        version: oci_label(image, "version"),
        digests: image.digests.clone(),
    }
}

fn oci_label(image: &Image, name: &str) -> Option<String> {
    let value = image.labels.get(&format!("org.opencontainers.image.{name}"));
    value.filter(|value| !value.is_empty()).cloned()
}

impl fmt::Display for RebuildHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, revision, version, digests, .. } = self;
        match (source, digests.first()) {
            (Some(source), _) => {
                write!(f, "build {source}")?;
                let commit = revision.as_ref().or(version.as_ref());
                commit.map_or(Ok(()), |commit| write!(f, " at {commit}"))
            }
            (None, Some(digest)) => write!(f, "pull {digest}"),
            (None, None) => f.write_str("unknown"),
        }
    }
}
