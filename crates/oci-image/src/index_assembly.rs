use image_ref::Platform;

use crate::{
    Descriptor, DescriptorPlatform, ImageError, Manifest, MediaType, document::index_bytes,
};

/// One image that goes into an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its manifest.
    pub image: Descriptor,
    /// Its platform, from an index or from its config.
    pub platform: DescriptorPlatform,
    /// Attestations about it (provenance, SBOM).
    pub attestations: Vec<Descriptor>,
}

/// Makes one index of images for different platforms. The same images give the
/// same bytes, in whatever order they come: images by platform, then their
/// attestations. It is an OCI index when any part is of an OCI type, else a
/// Docker manifest list.
///
/// # Errors
/// [`ImageError::DuplicatePlatform`], [`ImageError::UnknownPlatform`].
pub fn assemble_index(
    images: impl IntoIterator<Item = IndexEntry>,
) -> Result<Manifest, ImageError> {
    let mut images: Vec<IndexEntry> = images.into_iter().collect();
    images.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    images.dedup_by(|one, other| one.image.digest == other.image.digest && merge(one, other));
    check_platforms(&images)?;
    let attestations: Vec<Descriptor> = images.iter().flat_map(attestations_of).collect();
    let entries = images.into_iter().map(with_platform);
    let manifests: Vec<Descriptor> = entries.chain(attestations).collect();
    let media_type = match manifests.iter().any(|entry| entry.media_type.is_oci()) {
        true => MediaType::oci_index(),
        false => MediaType::docker_list(),
    };
    Ok(Manifest::new(index_bytes(&media_type, &manifests), media_type))
}

fn sort_key(entry: &IndexEntry) -> (&str, &str, Option<&str>, &DescriptorPlatform, &str) {
    let platform = &entry.platform;
    let (os, architecture) = (platform.os.as_str(), platform.architecture.as_str());
    (os, architecture, platform.variant.as_deref(), platform, entry.image.digest.as_str())
}

/// The same image given twice is one image with the attestations of both.
fn merge(again: &mut IndexEntry, kept: &mut IndexEntry) -> bool {
    kept.attestations.append(&mut again.attestations);
    true
}

fn check_platforms(images: &[IndexEntry]) -> Result<(), ImageError> {
    if let Some(unknown) = images.iter().find(|entry| !entry.platform.is_stated()) {
        return Err(ImageError::UnknownPlatform { digest: unknown.image.digest.clone() });
    }
    for (position, first) in images.iter().enumerate() {
        let mut others = images[position + 1..].iter();
        if let Some(second) = others.find(|other| other.platform.same_machine(&first.platform)) {
            return Err(ImageError::DuplicatePlatform {
                platform: Platform::from(&first.platform),
                first: first.image.digest.clone(),
                second: second.image.digest.clone(),
            });
        }
    }
    Ok(())
}

fn attestations_of(entry: &IndexEntry) -> Vec<Descriptor> {
    let mut own: Vec<Descriptor> = entry
        .attestations
        .iter()
        .filter(|attestation| attestation.attests().as_ref() == Some(&entry.image.digest))
        .cloned()
        .collect();
    own.sort_by(|one, other| one.digest.cmp(&other.digest));
    own.dedup_by(|one, other| one.digest == other.digest);
    own
}

fn with_platform(entry: IndexEntry) -> Descriptor {
    let mut descriptor = entry.image;
    // A layout's top entry carries its name there; it would change with the build's place.
    descriptor.annotations.retain(|name, _| !is_of_the_layout(name));
    descriptor.platform = Some(entry.platform);
    descriptor
}

/// Annotations that tools write into `index.json` about a build, not about the image.
fn is_of_the_layout(annotation: &str) -> bool {
    matches!(
        annotation,
        "org.opencontainers.image.ref.name"
            | "io.containerd.image.name"
            | "org.opencontainers.image.created"
    ) || annotation.starts_with("containerd.io/distribution.source.")
}

#[cfg(test)]
#[path = "index_assembly_tests.rs"]
mod tests;
