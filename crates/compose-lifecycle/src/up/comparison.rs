//! Whether what is here is what the registry serves: decisions only.

use std::collections::BTreeSet;

use image_ref::{Digest, ImageId, Platform};

/// An image in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Here {
    /// What the engine calls it.
    pub(super) id: ImageId,
    /// The digests that registries served it under, manifests and indexes.
    pub(super) digests: BTreeSet<Digest>,
    /// What it runs on, where the engine tells.
    pub(super) platform: Option<Platform>,
}

impl Here {
    /// Whether this is the content of a digest. The containerd store calls an
    /// image by the digest of its manifest or index, so its ID says it too; in
    /// the graph-driver store an ID is the digest of a config, which is never
    /// the digest of a manifest.
    pub(super) fn is(&self, digest: &Digest) -> bool {
        self.digests.contains(digest) || self.id.as_str() == digest.as_str()
    }
}

/// Why an image must be pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing has this name here.
    Missing,
    /// What has this name here is not what the registry serves.
    Differs,
    /// It is what the registry serves, for another platform.
    OtherPlatform,
}

impl Reason {
    /// As programs read it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::OtherPlatform => "other platform",
        }
    }
}

/// Whether the image must be pulled, given what the registry serves under its
/// reference and what the engine has under it.
pub(super) fn must_pull(
    served: &Digest,
    wanted: Option<&Platform>,
    here: Option<&Here>,
) -> Option<Reason> {
    let Some(here) = here else { return Some(Reason::Missing) };
    if !here.is(served) {
        return Some(Reason::Differs);
    }
    let other = wanted.zip(here.platform.as_ref()).is_some_and(|(wanted, is)| !fits(wanted, is));
    other.then_some(Reason::OtherPlatform)
}

/// What is not stated is not wanted.
fn fits(wanted: &Platform, is: &Platform) -> bool {
    let variant = wanted.variant.is_none() || wanted.variant == is.variant;
    wanted.os == is.os && wanted.architecture == is.architecture && variant
}

/// What a container runs, measured against what the registry serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Exactly what the registry serves.
    Served,
    /// Something else.
    Other,
    /// The image is not in the engine any more, so nobody can tell.
    Unknown,
}

/// The proof of one container, by the image that it was made from.
pub(super) fn prove(served: &Digest, image: Option<&Here>) -> Proof {
    match image {
        None => Proof::Unknown,
        Some(image) if image.is(served) => Proof::Served,
        Some(_) => Proof::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// An image by its ID, its digests and its platform.
    fn here(id: &str, digests: &[&str], platform: &str) -> Here {
        Here {
            id: ImageId::new(digest(id)),
            digests: digests.iter().map(|text| digest(text)).collect(),
            platform: platform.parse().ok(),
        }
    }

    #[test]
    fn an_image_is_pulled_when_it_is_not_what_the_registry_serves() {
        let amd64: Platform = "linux/amd64".parse().unwrap();
        let arm: Platform = "linux/arm/v7".parse().unwrap();
        let table = [
            ("nothing is here", None, None, Some(Reason::Missing)),
            ("the same", None, Some(here("config", &["new"], "linux/amd64")), None),
            (
                "an older one",
                None,
                Some(here("config", &["old"], "linux/amd64")),
                Some(Reason::Differs),
            ),
            (
                "built or loaded here",
                None,
                Some(here("config", &[], "linux/amd64")),
                Some(Reason::Differs),
            ),
            ("served under two digests", None, Some(here("config", &["old", "new"], "")), None),
            ("containerd: the ID is the digest", None, Some(here("new", &[], "")), None),
            (
                "containerd: an older one",
                None,
                Some(here("old", &["old"], "")),
                Some(Reason::Differs),
            ),
            (
                "the platform that is wanted",
                Some(&amd64),
                Some(here("config", &["new"], "linux/amd64")),
                None,
            ),
            (
                "another platform",
                Some(&amd64),
                Some(here("config", &["new"], "linux/arm64")),
                Some(Reason::OtherPlatform),
            ),
            (
                "another variant",
                Some(&arm),
                Some(here("config", &["new"], "linux/arm/v6")),
                Some(Reason::OtherPlatform),
            ),
            (
                "a variant that is not asked for",
                Some(&amd64),
                Some(here("config", &["new"], "linux/amd64/v3")),
                None,
            ),
            ("a platform that is not told", Some(&amd64), Some(here("config", &["new"], "")), None),
            (
                "another digest counts before the platform",
                Some(&amd64),
                Some(here("config", &["old"], "linux/arm64")),
                Some(Reason::Differs),
            ),
        ];
        for (case, wanted, here, expected) in table {
            assert_eq!(must_pull(&digest("new"), wanted, here.as_ref()), expected, "{case}");
        }
    }

    #[test]
    fn a_container_is_proved_by_the_image_that_it_was_made_from() {
        let table = [
            ("what is served", Some(here("config", &["new"], "")), Proof::Served),
            (
                "also served under an older digest",
                Some(here("config", &["old", "new"], "")),
                Proof::Served,
            ),
            ("containerd", Some(here("new", &["new"], "")), Proof::Served),
            ("an older image", Some(here("config", &["old"], "")), Proof::Other),
            ("an image that no registry served", Some(here("config", &[], "")), Proof::Other),
            ("an image that is gone", None, Proof::Unknown),
        ];
        for (case, image, expected) in table {
            assert_eq!(prove(&digest("new"), image.as_ref()), expected, "{case}");
        }
    }
}
