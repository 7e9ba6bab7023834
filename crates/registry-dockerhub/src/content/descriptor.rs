use std::collections::BTreeMap;

use image_ref::{Digest, Platform};
use serde::{Deserialize, Serialize};

use super::MediaType;

/// Marks an attestation manifest (BuildKit, "Attestation storage").
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// Digest of the manifest that an attestation is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";

/// What a manifest or index says about one thing it points to (OCI image
/// specification 1.1, "Content descriptors").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Type of the content.
    pub media_type: MediaType,
    /// Digest of the content.
    pub digest: Digest,
    /// Length of the content in bytes.
    pub size: u64,
    /// Addresses outside the registry, for layers that may not be distributed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Free annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// The content itself in base64, if embedded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Type of the artifact, if it is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Machine that the content runs on; stated in indexes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<DescriptorPlatform>,
}

/// `"annotations": null` occurs in the field.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Descriptor {
    /// A descriptor without platform and annotations.
    #[must_use]
    pub fn new(media_type: MediaType, digest: Digest, size: u64) -> Self {
        Self {
            media_type,
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            data: None,
            artifact_type: None,
            platform: None,
        }
    }

    /// Whether this is an attestation (provenance, SBOM) rather than an image.
    #[must_use]
    pub fn is_attestation(&self) -> bool {
        self.annotations.get(REFERENCE_TYPE).is_some_and(|kind| kind == "attestation-manifest")
    }

    /// The digest of the image that this attestation is about.
    #[must_use]
    pub fn attests(&self) -> Option<Digest> {
        let about = self.annotations.get(REFERENCE_DIGEST).filter(|_| self.is_attestation())?;
        about.parse().ok()
    }

    /// Whether registries keep this layer elsewhere: nobody pushes it.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        let kind = self.media_type.as_str();
        !self.urls.is_empty() || kind.contains(".foreign.") || kind.contains(".nondistributable.")
    }
}

/// The platform of an index entry, and the head of an image's config: the two
/// have the same fields (OCI image specification 1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DescriptorPlatform {
    /// Go's name of the architecture; `unknown` for attestations.
    #[serde(default)]
    pub architecture: String,
    /// Go's name of the operating system; `unknown` for attestations.
    #[serde(default)]
    pub os: String,
    /// Build of the operating system; stated for Windows.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Needed features of the operating system.
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// Variant of the architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl DescriptorPlatform {
    /// The platform that an image's config states, if it does.
    pub(crate) fn of_config(config: &[u8]) -> Option<Self> {
        serde_json::from_slice(config).ok().filter(Self::is_known)
    }

    /// Whether it names a machine: neither empty nor `unknown`.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let known = |text: &str| !text.is_empty() && text != "unknown";
        known(&self.os) && known(&self.architecture)
    }

    /// Whether an image for this runs where the other one does.
    #[must_use]
    pub fn same_machine(&self, other: &Self) -> bool {
        Platform::from(self).matches(&other.into())
            && self.os_version == other.os_version
            && self.os_features == other.os_features
    }
}

impl From<&DescriptorPlatform> for Platform {
    fn from(described: &DescriptorPlatform) -> Self {
        let variant = described.variant.clone().filter(|variant| !variant.is_empty());
        Self { variant, ..Self::new(&described.os, &described.architecture) }
    }
}

impl From<&Platform> for DescriptorPlatform {
    fn from(platform: &Platform) -> Self {
        Self {
            architecture: platform.architecture.clone(),
            os: platform.os.clone(),
            os_version: None,
            os_features: Vec::new(),
            variant: platform.variant.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attestation_names_the_image_it_is_about() {
        let about = Digest::of(b"image");
        let text = format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{about}","size":1,
            "annotations":{{"vnd.docker.reference.type":"attestation-manifest","vnd.docker.reference.digest":"{about}"}},
            "platform":{{"architecture":"unknown","os":"unknown"}}}}"#
        );
        let descriptor: Descriptor = serde_json::from_str(&text).unwrap();
        assert_eq!(descriptor.attests(), Some(about));
        assert!(!descriptor.platform.unwrap().is_known());
    }

    #[test]
    fn null_annotations_are_no_annotations() {
        let digest = Digest::of(b"x");
        let text =
            format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":1,"annotations":null}}"#);
        assert!(serde_json::from_str::<Descriptor>(&text).unwrap().annotations.is_empty());
    }

    #[test]
    fn windows_builds_are_different_machines() {
        let at = |version: &str| DescriptorPlatform {
            os_version: Some(version.to_owned()),
            ..(&Platform::new("windows", "amd64")).into()
        };
        assert!(!at("10.0.17763").same_machine(&at("10.0.20348")));
    }
}
