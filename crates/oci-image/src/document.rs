//! Documents that are made here. The order of members and the absence of white
//! space are part of their digests: do not change them.

use serde::Serialize;

use crate::{Descriptor, MediaType};

/// The version of manifests and indexes since Docker's schema 2.
const SCHEMA_VERSION: u8 = 2;

/// The only version of the format (OCI image specification 1.1, "oci-layout file").
pub(crate) const LAYOUT_VERSION: &str = "1.0.0";

/// The content of the file `oci-layout`, which marks a layout.
pub const LAYOUT_MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Longest manifest, index or config that is read.
pub(crate) const DOCUMENT_LIMIT: u64 = 4 << 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexDocument<'a> {
    schema_version: u8,
    media_type: &'a MediaType,
    manifests: &'a [Descriptor],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManifestDocument<'a> {
    schema_version: u8,
    media_type: MediaType,
    config: &'a Descriptor,
    layers: &'a [Descriptor],
}

/// The bytes of an index with these entries.
#[must_use]
pub fn index_bytes(media_type: &MediaType, manifests: &[Descriptor]) -> Vec<u8> {
    let document = IndexDocument { schema_version: SCHEMA_VERSION, media_type, manifests };
    // Strings, numbers and maps with string keys can always be written.
    serde_json::to_vec(&document).unwrap_or_default()
}

/// The bytes of the OCI manifest of an image with this config and these layers.
#[must_use]
pub fn manifest_bytes(config: &Descriptor, layers: &[Descriptor]) -> Vec<u8> {
    let media_type = MediaType::oci_manifest();
    let document = ManifestDocument { schema_version: SCHEMA_VERSION, media_type, config, layers };
    serde_json::to_vec(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_ref::{Digest, Platform};
    use oci_spec::image::{ImageIndex, ImageManifest, OciLayout};

    #[test]
    fn the_same_parts_always_give_the_same_manifest() {
        let config = Descriptor::for_bytes(MediaType::image_config(), b"{}");
        let layer = Descriptor::for_bytes(MediaType::layer_gzip(), b"layer");
        let manifest = manifest_bytes(&config, &[layer]);
        assert_eq!(
            Digest::of(&manifest).as_str(),
            "sha256:042190ac6aca1a704e70a62706e50adbb620db197a494e3d2cf00bd4f7bbece8"
        );
    }

    #[test]
    fn manifests_are_read_by_the_types_of_the_specification() {
        let config = Descriptor::for_bytes(MediaType::image_config(), b"{}");
        let layer = Descriptor::for_bytes(MediaType::layer_gzip(), b"layer");
        let bytes = manifest_bytes(&config, std::slice::from_ref(&layer));
        let read = ImageManifest::from_reader(bytes.as_slice()).unwrap();
        assert_eq!(read.config().digest().to_string(), config.digest.as_str());
        assert_eq!(read.layers()[0].size(), layer.size);
        assert_eq!(read.to_string().unwrap().as_bytes(), bytes);
    }

    #[test]
    fn indexes_are_read_by_the_types_of_the_specification() {
        let manifest = Descriptor::for_bytes(MediaType::oci_manifest(), b"manifest")
            .for_platform(Platform::new("linux", "arm64"));
        let bytes = index_bytes(&MediaType::oci_index(), &[manifest]);
        let read = ImageIndex::from_reader(bytes.as_slice()).unwrap();
        let platform = read.manifests()[0].platform().as_ref().unwrap();
        assert_eq!(platform.architecture().to_string(), "arm64");
        assert_eq!(read.to_string().unwrap().as_bytes(), bytes);
    }

    #[test]
    fn the_marker_states_the_version_that_is_read() {
        let marker = OciLayout::from_reader(LAYOUT_MARKER).unwrap();
        assert_eq!(marker.image_layout_version(), LAYOUT_VERSION);
    }
}
