//! Small images that real clients accept: their layers are tars.

use image_ref::{Digest, Repository};
use oci_image::{Layout, Manifest, MediaType};
use registry_dockerhub::{PushOptions, RegistryClient};
use serde_json::json;

/// An image for one platform whose only file has this text.
pub(crate) fn image(architecture: &str, text: &str) -> Layout {
    image_of(architecture, text.as_bytes())
}

/// An image whose layer has at least so many bytes, different at every registry.
pub(crate) fn big_image(bytes: usize) -> Layout {
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    });
    image_of("amd64", &noise.take(bytes).collect::<Vec<u8>>())
}

fn image_of(architecture: &str, content: &[u8]) -> Layout {
    let mut layout = Layout::default();
    let layer = layer(content);
    let layer_size = layer.len();
    let layer_digest = layout.add(layer);
    let config = json!({
        "architecture": architecture, "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer_digest]},
    })
    .to_string();
    let config_size = config.len();
    let config_digest = layout.add(config);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::oci_manifest(),
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config_digest, "size": config_size,
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": layer_digest, "size": layer_size,
        }],
    });
    layout.add_entry(&Manifest::new(manifest.to_string(), MediaType::oci_manifest()));
    layout
}

fn layer(content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, "file", content).unwrap();
    builder.into_inner().unwrap()
}

/// What BuildKit makes of one platform with provenance: an index of the image
/// and an attestation about it.
pub(crate) fn attested(architecture: &str, text: &str) -> Layout {
    let mut layout = image(architecture, text);
    let subject = layout.entries()[0].clone();
    let statement = json!({"predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{"digest": {"sha256": subject.digest.hex()}}]})
    .to_string();
    let statement_size = statement.len();
    let statement_digest = layout.add(statement);
    let config = json!({"architecture": "unknown", "os": "unknown", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [statement_digest]}})
    .to_string();
    let config_size = config.len();
    let config_digest = layout.add(config);
    let attestation = json!({
        "schemaVersion": 2, "mediaType": MediaType::oci_manifest(),
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config_digest, "size": config_size},
        "layers": [{"mediaType": "application/vnd.in-toto+json",
            "digest": statement_digest, "size": statement_size}],
    })
    .to_string();
    let attestation_size = attestation.len();
    let attestation_digest = layout.add(attestation);
    let index = json!({
        "schemaVersion": 2, "mediaType": MediaType::oci_index(),
        "manifests": [
            {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size,
             "platform": {"architecture": architecture, "os": "linux"}},
            {"mediaType": MediaType::oci_manifest(), "digest": attestation_digest,
             "size": attestation_size,
             "annotations": {
                "vnd.docker.reference.digest": subject.digest,
                "vnd.docker.reference.type": "attestation-manifest"},
             "platform": {"architecture": "unknown", "os": "unknown"}},
        ],
    });
    let index = Manifest::new(index.to_string(), MediaType::oci_index());
    let mut whole = Layout::default();
    for digest in layout.digests() {
        whole.add(layout.read(digest).unwrap());
    }
    whole.add_entry(&index);
    whole
}

/// The digest of a layout's only entry.
pub(crate) fn digest_of(layout: &Layout) -> Digest {
    layout.entries()[0].digest.clone()
}

/// Pushes an image, tags it, and gives its digest.
pub(crate) async fn publish(
    client: &RegistryClient,
    repository: &Repository,
    layout: &Layout,
    tags: &[&str],
) -> Digest {
    let digest = digest_of(layout);
    client.push(repository, PushOptions::default()).layout(layout, &digest).await.unwrap();
    for tag in tags {
        client.retag(repository).tag(&digest, &tag.parse().unwrap()).await.unwrap();
    }
    digest
}
