//! The JSON documents of an image: index, manifest, config.

use image_ref::{Digest, Platform};
use serde::{Deserialize, Serialize};

use super::{Descriptor, media_type};

/// An index, or `index.json` of a layout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    pub(crate) schema_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    pub(crate) manifests: Vec<Descriptor>,
}

impl Index {
    pub(crate) fn new(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: Some(media_type::INDEX.to_owned()), manifests }
    }
}

/// A manifest, as far as this crate reads and writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    schema_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
}

/// The bytes of the manifest of this config and these layers. The order of
/// members and the absence of white space are part of the digest: do not
/// change them.
pub(crate) fn image_manifest(config: Descriptor, layers: Vec<Descriptor>) -> Vec<u8> {
    let media_type = Some(media_type::MANIFEST.to_owned());
    let manifest = Manifest { schema_version: 2, media_type, config, layers };
    serde_json::to_vec(&manifest).unwrap_or_default()
}

/// What this crate needs to know of an image's config.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigFacts {
    pub(crate) platform: Platform,
    pub(crate) diff_ids: Vec<Digest>,
}

/// Reads a config; `None` when it is none.
pub(crate) fn config_facts(bytes: &[u8]) -> Option<ConfigFacts> {
    #[derive(Deserialize)]
    struct Config {
        architecture: String,
        os: String,
        #[serde(default)]
        variant: String,
        rootfs: RootFs,
    }
    #[derive(Deserialize)]
    struct RootFs {
        // An image without layers has `null` here.
        #[serde(default)]
        diff_ids: Option<Vec<Digest>>,
    }
    let config: Config = serde_json::from_slice(bytes).ok()?;
    let variant = Some(config.variant).filter(|variant| !variant.is_empty());
    Some(ConfigFacts {
        platform: Platform { variant, ..Platform::new(&config.os, &config.architecture) },
        diff_ids: config.rootfs.diff_ids.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_always_give_the_same_manifest() {
        let config = Descriptor::of(media_type::CONFIG, b"{}");
        let layer = Descriptor::of(media_type::LAYER_GZIP, b"layer");
        let manifest = image_manifest(config, vec![layer]);
        assert_eq!(
            Digest::of(&manifest).as_str(),
            "sha256:042190ac6aca1a704e70a62706e50adbb620db197a494e3d2cf00bd4f7bbece8"
        );
    }

    #[test]
    fn a_config_without_layers_is_read() {
        let facts = config_facts(
            br#"{"architecture":"arm64","variant":"v8","os":"linux","rootfs":{"type":"layers","diff_ids":null}}"#,
        );
        let facts = facts.unwrap();
        assert_eq!(facts.platform.to_string(), "linux/arm64/v8");
        assert!(facts.diff_ids.is_empty());
        assert_eq!(config_facts(b"[]"), None);
    }
}
