//! What a registry must read in a manifest; everything else stays untouched bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::media::Kind;

/// A manifest or an index, as far as its references go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
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

/// The platform of one child of an index.
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

impl Document {
    /// Reads a manifest of a known kind and checks that it is one.
    pub(super) fn parse(kind: Kind, content_type: &str, bytes: &[u8]) -> Result<Self, Value> {
        let document: Self = serde_json::from_slice(bytes).map_err(|_| Value::Null)?;
        if document.is(kind, content_type) { Ok(document) } else { Err(Value::Null) }
    }

    /// A body that could be read as another kind is refused, whatever its header says.
    fn is(&self, kind: Kind, content_type: &str) -> bool {
        let type_fits = match &self.media_type {
            Some(media_type) => media_type == content_type,
            None => !kind.is_docker(),
        };
        let shape_fits = if kind.is_index() {
            self.manifests.is_some() && self.config.is_none() && self.layers.is_none()
        } else {
            self.config.is_some() && self.manifests.is_none()
        };
        self.schema_version == Some(2) && type_fits && shape_fits
    }

    /// The blobs that must be there before the manifest may come.
    pub(super) fn blobs(&self) -> impl Iterator<Item = &Digest> {
        self.config
            .iter()
            .chain(self.layers.iter().flatten())
            .filter(|descriptor| descriptor.urls.is_empty())
            .map(|descriptor| &descriptor.digest)
    }

    /// The manifests that must be there before the index may come.
    pub(super) fn children(&self) -> impl Iterator<Item = &Digest> {
        self.manifests.iter().flatten().map(|child| &child.digest)
    }

    /// The type under which a referrer is listed.
    pub(super) fn artifact_type(&self) -> &str {
        match (&self.artifact_type, &self.config) {
            (Some(artifact_type), _) => artifact_type,
            (None, Some(config)) => &config.media_type,
            (None, None) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::media::{DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};
    use super::*;
    use serde_json::json;

    fn descriptor(character: &str) -> Value {
        json!({"mediaType": "x", "digest": format!("sha256:{}", character.repeat(64)), "size": 1})
    }

    fn parse(content_type: &str, value: &Value) -> Result<Document, Value> {
        let kind = Kind::of(content_type).unwrap();
        Document::parse(kind, content_type, value.to_string().as_bytes())
    }

    #[test]
    fn names_config_and_layers_but_not_foreign_ones() {
        let mut foreign = descriptor("c");
        foreign["urls"] = json!(["elsewhere"]);
        let manifest = json!({"schemaVersion": 2, "config": descriptor("a"),
            "layers": [descriptor("b"), foreign]});
        let document = parse(OCI_MANIFEST, &manifest).unwrap();
        let digests: Vec<_> = document.blobs().map(|digest| &digest.as_str()[7..8]).collect();
        assert_eq!(digests, ["a", "b"]);
        assert_eq!(document.artifact_type(), "x");
    }

    #[test]
    fn refuses_a_body_of_another_kind_than_its_header() {
        let index = json!({"schemaVersion": 2, "manifests": [descriptor("a")]});
        assert!(parse(OCI_INDEX, &index).is_ok());
        assert!(parse(OCI_MANIFEST, &index).is_err());
        let both = json!({"schemaVersion": 2, "manifests": [], "config": descriptor("a")});
        assert!(parse(OCI_INDEX, &both).is_err());
        assert!(parse(OCI_MANIFEST, &both).is_err());
    }

    #[test]
    fn wants_a_media_type_inside_docker_manifests_only() {
        let manifest = json!({"schemaVersion": 2, "config": descriptor("a"), "layers": []});
        assert!(parse(OCI_MANIFEST, &manifest).is_ok());
        assert!(parse(DOCKER_MANIFEST, &manifest).is_err());
    }
}
