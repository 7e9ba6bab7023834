//! An image in the engine, and whether it is what a registry serves.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::{Digest, ImageId, Platform, Reference};
use local_docker::{Engine, EngineError, ImageDetails};
use serde::Serialize;

/// Concurrent requests to the engine.
const MAX_REQUESTS: usize = 8;

/// An image in the engine, as far as it is compared with a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineImage {
    /// The engine's identifier.
    pub id: ImageId,
    /// The digests under which registries served it, of manifests and indexes.
    pub digests: BTreeSet<Digest>,
    /// Its platform, if the engine reports it.
    pub platform: Option<Platform>,
}

impl EngineImage {
    /// Whether it is the content of this digest. The containerd store identifies an
    /// image by the digest of its manifest or index, so the ID counts too; in the
    /// graph-driver store an ID is the digest of a config, which is never the digest
    /// of a manifest.
    #[must_use]
    pub fn has_digest(&self, digest: &Digest) -> bool {
        self.digests.contains(digest) || self.id.as_str() == digest.as_str()
    }
}

impl From<ImageDetails> for EngineImage {
    fn from(image: ImageDetails) -> Self {
        let digests = served_digests_of(&image.digests);
        Self { id: image.id, digests, platform: image.platform }
    }
}

fn served_digests_of(references: &[Reference]) -> BTreeSet<Digest> {
    references.iter().filter_map(Reference::digest).cloned().collect()
}

/// The images that the engine has under these references.
///
/// # Errors
/// When the engine does not answer.
pub async fn engine_images(
    engine: &Engine,
    references: impl IntoIterator<Item = Reference>,
) -> Result<BTreeMap<Reference, EngineImage>, EngineError> {
    let lookups = stream::iter(references).map(|reference| async move {
        let image = engine.images().find(local_name(&reference)).await?;
        Ok::<_, EngineError>(image.map(|image| (reference, EngineImage::from(image))))
    });
    let images: Vec<_> = lookups.buffer_unordered(MAX_REQUESTS).try_collect().await?;
    Ok(images.into_iter().flatten().collect())
}

/// A digest wins over the tag next to it.
fn local_name(reference: &Reference) -> Reference {
    match reference.digest() {
        Some(digest) => reference.repository().pinned(digest.clone()),
        None => reference.clone(),
    }
}

/// Why an image must be pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PullReason {
    /// The engine has no image of this name.
    Missing,
    /// The engine's image of this name is not the one that the registry serves.
    Differs,
    /// It is the one that the registry serves, for another platform.
    #[serde(rename = "other platform")]
    OtherPlatform,
}

/// Whether an image must be pulled, given what the registry serves under its
/// reference and what the engine has under it.
#[must_use]
pub fn pull_reason(
    served: &Digest,
    platform: Option<&Platform>,
    local: Option<&EngineImage>,
) -> Option<PullReason> {
    let Some(local) = local else { return Some(PullReason::Missing) };
    if !local.has_digest(served) {
        return Some(PullReason::Differs);
    }
    let platforms = platform.zip(local.platform.as_ref());
    let other = platforms.is_some_and(|(requested, actual)| !satisfies(requested, actual));
    other.then_some(PullReason::OtherPlatform)
}

/// Any variant satisfies a platform without one.
fn satisfies(requested: &Platform, actual: &Platform) -> bool {
    let variant = requested.variant.is_none() || requested.variant == actual.variant;
    requested.os == actual.os && requested.architecture == actual.architecture && variant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// An image with this ID, these digests and this platform.
    fn image(id: &str, digests: &[&str], platform: &str) -> Option<EngineImage> {
        Some(EngineImage {
            id: ImageId::new(digest(id)),
            digests: digests.iter().map(|text| digest(text)).collect(),
            platform: platform.parse().ok(),
        })
    }

    #[test]
    fn an_image_is_pulled_when_it_is_not_what_the_registry_serves() {
        use PullReason::{Differs, Missing};
        let table = [
            ("no image", None, Some(Missing)),
            ("the same", image("config", &["new"], "linux/amd64"), None),
            ("an older one", image("config", &["old"], "linux/amd64"), Some(Differs)),
            ("built or loaded", image("config", &[], "linux/amd64"), Some(Differs)),
            ("served under two digests", image("config", &["old", "new"], ""), None),
            ("containerd: the ID is the digest", image("new", &[], ""), None),
            ("containerd: an older one", image("old", &["old"], ""), Some(Differs)),
        ];
        for (case, local, expected) in table {
            assert_eq!(pull_reason(&digest("new"), None, local.as_ref()), expected, "{case}");
        }
    }

    #[test]
    fn an_image_of_another_platform_is_pulled() {
        use PullReason::{Differs, OtherPlatform};
        let amd64: Platform = "linux/amd64".parse().unwrap();
        let arm: Platform = "linux/arm/v7".parse().unwrap();
        let table = [
            ("the requested platform", &amd64, &["new"], "linux/amd64", None),
            ("another platform", &amd64, &["new"], "linux/arm64", Some(OtherPlatform)),
            ("another variant", &arm, &["new"], "linux/arm/v6", Some(OtherPlatform)),
            ("a variant that is not requested", &amd64, &["new"], "linux/amd64/v3", None),
            ("an unknown platform", &amd64, &["new"], "", None),
            (
                "the digest counts before the platform",
                &amd64,
                &["old"],
                "linux/arm64",
                Some(Differs),
            ),
        ];
        for (case, platform, digests, actual, expected) in table {
            let local = image("config", digests, actual);
            let reason = pull_reason(&digest("new"), Some(platform), local.as_ref());
            assert_eq!(reason, expected, "{case}");
        }
    }
}
