//! Manifests: their media types, and the parts that a registry reads.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use super::digest::Digest;

pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// A manifest exactly as it was pushed.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) digest: Digest,
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
    /// `None` for types that the registry does not know.
    pub(super) kind: Option<ManifestKind>,
    pub(super) document: ManifestDocument,
}

/// The four manifest types that every registry knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ManifestKind {
    OciManifest,
    OciIndex,
    DockerManifest,
    DockerList,
}

/// The fields of a manifest or an index that a registry reads; the rest is opaque.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManifestDocument {
    pub(super) schema_version: Option<u32>,
    pub(super) media_type: Option<String>,
    pub(super) artifact_type: Option<String>,
    pub(super) config: Option<Descriptor>,
    pub(super) layers: Option<Vec<Descriptor>>,
    pub(super) manifests: Option<Vec<Descriptor>>,
    pub(super) subject: Option<Descriptor>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

/// A reference to other content.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    pub(super) digest: Digest,
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) urls: Vec<String>,
    pub(super) platform: Option<Platform>,
}

/// The platform of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Platform {
    #[serde(default)]
    pub(super) os: String,
    #[serde(default)]
    pub(super) architecture: String,
    pub(super) variant: Option<String>,
    #[serde(rename = "os.version")]
    pub(super) os_version: Option<String>,
    #[serde(rename = "os.features")]
    pub(super) os_features: Option<Vec<String>>,
}

impl ManifestKind {
    pub(super) fn from_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            OCI_MANIFEST => Some(Self::OciManifest),
            OCI_INDEX => Some(Self::OciIndex),
            DOCKER_MANIFEST => Some(Self::DockerManifest),
            DOCKER_LIST => Some(Self::DockerList),
            _ => None,
        }
    }

    fn is_index(self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerList)
    }

    fn is_docker(self) -> bool {
        matches!(self, Self::DockerManifest | Self::DockerList)
    }
}

impl ManifestDocument {
    /// Reads a manifest; `None` if it is malformed or not of this kind.
    pub(super) fn read(kind: ManifestKind, content_type: &str, bytes: &[u8]) -> Option<Self> {
        let document: Self = serde_json::from_slice(bytes).ok()?;
        document.is_of_kind(kind, content_type).then_some(document)
    }

    /// A body that could be read as another kind is refused, regardless of its content type.
    fn is_of_kind(&self, kind: ManifestKind, content_type: &str) -> bool {
        let type_matches = match &self.media_type {
            Some(media_type) => media_type == content_type,
            None => !kind.is_docker(),
        };
        let shape_matches = if kind.is_index() {
            self.manifests.is_some() && self.config.is_none() && self.layers.is_none()
        } else {
            self.config.is_some() && self.manifests.is_none()
        };
        self.schema_version == Some(2) && type_matches && shape_matches
    }

    /// The blobs that must exist before the manifest can be pushed.
    pub(super) fn required_blobs(&self) -> impl Iterator<Item = &Digest> {
        self.config
            .iter()
            .chain(self.layers.iter().flatten())
            .filter(|descriptor| descriptor.urls.is_empty())
            .map(|descriptor| &descriptor.digest)
    }

    /// The manifests that must exist before the index can be pushed.
    pub(super) fn children(&self) -> impl Iterator<Item = &Digest> {
        self.manifests.iter().flatten().map(|child| &child.digest)
    }

    /// The digest of the manifest to which this one refers.
    pub(super) fn subject_digest(&self) -> Option<&Digest> {
        self.subject.as_ref().map(|descriptor| &descriptor.digest)
    }

    /// The type under which a referrer is listed.
    pub(super) fn referrer_type(&self) -> &str {
        match (&self.artifact_type, &self.config) {
            (Some(artifact_type), _) => artifact_type,
            (None, Some(config)) => &config.media_type,
            (None, None) => "",
        }
    }
}

/// A media type without its parameters.
pub(super) fn media_type_essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether any `Accept` header names exactly this type; wildcards do not count.
pub(super) fn accepts_exactly(headers: &HeaderMap, content_type: &str) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|media_type| media_type_essence(media_type) == content_type)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn descriptor(character: &str) -> Value {
        json!({"mediaType": "x", "digest": format!("sha256:{}", character.repeat(64)), "size": 1})
    }

    fn read(content_type: &str, value: &Value) -> Option<ManifestDocument> {
        let kind = ManifestKind::from_media_type(content_type).unwrap();
        ManifestDocument::read(kind, content_type, value.to_string().as_bytes())
    }

    #[test]
    fn requires_config_and_layers_but_no_foreign_layers() {
        let mut foreign = descriptor("c");
        foreign["urls"] = json!(["https://example.org/layer"]);
        let manifest = json!({"schemaVersion": 2, "config": descriptor("a"),
            "layers": [descriptor("b"), foreign]});
        let document = read(OCI_MANIFEST, &manifest).unwrap();
        let digests: Vec<_> =
            document.required_blobs().map(|digest| &digest.as_str()[7..8]).collect();
        assert_eq!(digests, ["a", "b"]);
        assert_eq!(document.referrer_type(), "x");
    }

    #[test]
    fn refuses_a_body_of_another_kind_than_its_header() {
        let index = json!({"schemaVersion": 2, "manifests": [descriptor("a")]});
        assert!(read(OCI_INDEX, &index).is_some());
        assert!(read(OCI_MANIFEST, &index).is_none());
        let both = json!({"schemaVersion": 2, "manifests": [], "config": descriptor("a")});
        assert!(read(OCI_INDEX, &both).is_none());
        assert!(read(OCI_MANIFEST, &both).is_none());
    }

    #[test]
    fn requires_a_media_type_inside_docker_manifests_only() {
        let manifest = json!({"schemaVersion": 2, "config": descriptor("a"), "layers": []});
        assert!(read(OCI_MANIFEST, &manifest).is_some());
        assert!(read(DOCKER_MANIFEST, &manifest).is_none());
    }

    #[test]
    fn finds_an_accepted_type_in_several_headers_and_with_parameters() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, "text/plain, */*".parse().unwrap());
        headers.append(header::ACCEPT, format!("a/b,{OCI_INDEX};q=0.5").parse().unwrap());
        assert!(accepts_exactly(&headers, OCI_INDEX));
        assert!(!accepts_exactly(&headers, OCI_MANIFEST));
    }
}
