use std::fmt;

use oci_spec::image::MediaType as SpecMediaType;
use serde::{Deserialize, Serialize};

/// The media type of a manifest, config or layer, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaType(String);

/// OCI image index: several platforms (OCI image specification 1.1).
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI image manifest: one platform.
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Docker's manifest list: several platforms (image manifest version 2, schema 2).
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker's manifest: one platform.
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

impl MediaType {
    /// The types of manifests and indexes. Requests must accept all of them:
    /// without those of OCI, distribution 2.8 answers 404 for a tag that exists.
    pub const MANIFESTS: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

    /// Reads a `Content-Type` or `mediaType`; parameters are dropped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let essence = text.split(';').next().unwrap_or_default();
        Self(essence.trim().to_ascii_lowercase())
    }

    /// OCI image index.
    #[must_use]
    pub fn oci_index() -> Self {
        SpecMediaType::ImageIndex.into()
    }

    /// OCI image manifest.
    #[must_use]
    pub fn oci_manifest() -> Self {
        SpecMediaType::ImageManifest.into()
    }

    /// Docker manifest list.
    #[must_use]
    pub fn docker_list() -> Self {
        Self(DOCKER_LIST.to_owned())
    }

    /// Docker manifest, schema 2.
    #[must_use]
    pub fn docker_manifest() -> Self {
        Self(DOCKER_MANIFEST.to_owned())
    }

    /// OCI image config.
    #[must_use]
    pub fn image_config() -> Self {
        SpecMediaType::ImageConfig.into()
    }

    /// A layer, compressed with gzip.
    #[must_use]
    pub fn layer_gzip() -> Self {
        SpecMediaType::ImageLayerGzip.into()
    }

    /// A layer, compressed with zstd.
    #[must_use]
    pub fn layer_zstd() -> Self {
        SpecMediaType::ImageLayerZstd.into()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it lists the manifests of several platforms.
    #[must_use]
    pub fn is_index(&self) -> bool {
        matches!(self.as_str(), OCI_INDEX | DOCKER_LIST)
    }

    /// Whether it is any kind of manifest that this crate handles.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        Self::MANIFESTS.contains(&self.as_str())
    }

    /// Whether it is a type of the OCI specifications rather than Docker's.
    #[must_use]
    pub fn is_oci(&self) -> bool {
        self.0.starts_with("application/vnd.oci.")
    }

    /// Whether it is a manifest of schema 1, whose signed body has name and tag
    /// in it: it cannot be moved to another tag byte for byte.
    #[must_use]
    pub fn is_schema1(&self) -> bool {
        self.0.starts_with("application/vnd.docker.distribution.manifest.v1+")
    }
}

impl From<SpecMediaType> for MediaType {
    fn from(media_type: SpecMediaType) -> Self {
        Self(media_type.into())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oci_spec::image::ToDockerV2S2 as _;

    #[test]
    fn parameters_and_case_do_not_make_another_type() {
        let read = MediaType::new("Application/vnd.oci.image.index.v1+json; charset=utf-8");
        assert_eq!(read, MediaType::oci_index());
    }

    #[test]
    fn all_four_manifest_types_are_manifests() {
        for media_type in [
            MediaType::oci_index(),
            MediaType::oci_manifest(),
            MediaType::docker_list(),
            MediaType::docker_manifest(),
        ] {
            assert!(media_type.is_manifest(), "{media_type}");
            assert!(MediaType::MANIFESTS.contains(&media_type.as_str()), "{media_type}");
        }
        assert!(!MediaType::image_config().is_manifest());
    }

    #[test]
    fn dockers_types_are_the_equivalents_of_those_of_oci() {
        let equivalent = SpecMediaType::ImageIndex;
        assert_eq!(MediaType::docker_list().as_str(), equivalent.to_docker_v2s2().unwrap());
        let equivalent = SpecMediaType::ImageManifest;
        assert_eq!(MediaType::docker_manifest().as_str(), equivalent.to_docker_v2s2().unwrap());
    }

    #[test]
    fn signed_schema_1_is_recognised() {
        let signed = MediaType::new("application/vnd.docker.distribution.manifest.v1+prettyjws");
        assert!(signed.is_schema1() && !signed.is_manifest());
    }
}
