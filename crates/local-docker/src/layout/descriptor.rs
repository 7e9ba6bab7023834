use std::collections::BTreeMap;

use image_ref::{Digest, Platform};
use serde::{Deserialize, Serialize};

/// Media types of the OCI image specification, and Docker's older ones.
pub mod media_type {
    /// An image index.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// A manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An image's config.
    pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// A layer, compressed with gzip.
    pub const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A layer, compressed with zstd.
    pub const LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// Docker's manifest, version 2, schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's manifest list.
    pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
}

/// A pointer to a blob: type, digest, size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the blob.
    pub media_type: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Number of its bytes.
    pub size: u64,
    /// What it runs on; stated for manifests within an index.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "oci_platform")]
    pub platform: Option<Platform>,
    /// Annotations, such as the one that marks an attestation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// The descriptor of these bytes.
    #[must_use]
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// A descriptor without platform and annotations.
    #[must_use]
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        let annotations = BTreeMap::new();
        Self { media_type: media_type.to_owned(), digest, size, platform: None, annotations }
    }

    /// The same, for a platform.
    #[must_use]
    pub fn for_platform(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    /// Whether this is an index or a manifest list.
    #[must_use]
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), media_type::INDEX | media_type::DOCKER_INDEX)
    }

    /// Whether this is BuildKit's attestation about another manifest
    /// (BuildKit `docs/attestations/attestation-storage.md`).
    #[must_use]
    pub fn is_attestation(&self) -> bool {
        let kind = self.annotations.get("vnd.docker.reference.type");
        kind.is_some_and(|kind| kind == "attestation-manifest")
    }
}

/// The platform object of an index: members `architecture`, `os`, `variant`.
mod oci_platform {
    use image_ref::Platform;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Members {
        architecture: String,
        os: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variant: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(
        platform: &Option<Platform>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let members = platform.clone().map(|platform| Members {
            architecture: platform.architecture,
            os: platform.os,
            variant: platform.variant,
        });
        members.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Platform>, D::Error> {
        let members = Option::<Members>::deserialize(deserializer)?;
        Ok(members
            .map(|m| Platform { variant: m.variant, ..Platform::new(&m.os, &m.architecture) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_written_in_a_fixed_order() {
        let platform = "linux/arm/v7".parse().unwrap();
        let descriptor = Descriptor::of(media_type::MANIFEST, b"").for_platform(platform);
        let json = serde_json::to_string(&descriptor).unwrap();
        assert_eq!(
            json,
            "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\
             \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\
             \"size\":0,\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}}"
        );
        assert_eq!(serde_json::from_str::<Descriptor>(&json).unwrap(), descriptor);
    }
}
