use std::collections::BTreeMap;

use image_ref::Digest;
use serde::{Deserialize, Serialize};

use crate::{DescriptorPlatform, MediaType};

/// Marks an attestation manifest (BuildKit, "Attestation storage").
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// Digest of the manifest that an attestation is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";

/// What a manifest or index states about one thing that it points to (OCI image
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
    /// The descriptor of these bytes.
    #[must_use]
    pub fn for_bytes(media_type: MediaType, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

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

    /// The same, for a platform.
    #[must_use]
    pub fn for_platform(self, platform: impl Into<DescriptorPlatform>) -> Self {
        Self { platform: Some(platform.into()), ..self }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_written_in_a_fixed_order() {
        let platform: image_ref::Platform = "linux/arm/v7".parse().unwrap();
        let descriptor =
            Descriptor::for_bytes(MediaType::oci_manifest(), b"").for_platform(&platform);
        let json = serde_json::to_string(&descriptor).unwrap();
        assert_eq!(
            json,
            "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\
             \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\
             \"size\":0,\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}}"
        );
        assert_eq!(serde_json::from_str::<Descriptor>(&json).unwrap(), descriptor);
    }

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
        assert!(!descriptor.platform.unwrap().is_stated());
    }

    #[test]
    fn null_annotations_are_no_annotations() {
        let digest = Digest::of(b"x");
        let text =
            format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":1,"annotations":null}}"#);
        assert!(serde_json::from_str::<Descriptor>(&text).unwrap().annotations.is_empty());
    }
}
