use std::collections::BTreeMap;

use image_ref::Digest;
use local_docker::ImageStore;
use registry_dockerhub::ImageDescription;

/// How many times as long a layer is once it is unpacked, as a rule: what gzip makes of
/// programs and text.
const UNPACKED: u64 = 3;

/// The bytes that images take on an engine's disk while they are pulled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DiskNeed {
    /// At least: an unpacked layer is no shorter than the compressed one.
    pub(super) least: u64,
    /// As a rule.
    pub(super) usual: u64,
}

impl DiskNeed {
    /// What these images take in an engine that has images of these layers.
    pub(super) fn new(
        images: &[&ImageDescription],
        local: &[Vec<Digest>],
        store: &ImageStore,
    ) -> Self {
        let layers: BTreeMap<&Digest, u64> =
            images.iter().flat_map(|image| missing_layers(image, local)).collect();
        let all = layers.values().fold(0, |sum: u64, size| sum.saturating_add(*size));
        let least = match store {
            // Keeps what it has downloaded.
            ImageStore::Containerd(_) => all.saturating_mul(2),
            // Removes a download once it is unpacked, and may have it on another disk.
            ImageStore::GraphDriver(_) => all,
        };
        Self { least, usual: all.saturating_mul(1 + UNPACKED) }
    }
}

/// The compressed layers that the engine must download. It has a layer if it has the same
/// one on top of the same others.
fn missing_layers<'a>(
    image: &'a ImageDescription,
    local: &[Vec<Digest>],
) -> impl Iterator<Item = (&'a Digest, u64)> {
    let wanted = &image.config.diff_ids;
    let common = |layers: &Vec<Digest>| {
        layers.iter().zip(wanted).take_while(|(have, want)| have == want).count()
    };
    let present = local.iter().map(common).max().unwrap_or_default();
    image.layers.iter().skip(present).map(|layer| (&layer.digest, layer.size))
}

#[cfg(test)]
mod tests {
    use image_ref::Platform;
    use oci_image::{Descriptor, ImageConfig, MediaType};

    use super::*;

    const DISK: fn() -> ImageStore = || ImageStore::GraphDriver("overlay2".to_owned());

    fn image(layers: &[(&str, u64)]) -> ImageDescription {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let descriptor = |(name, size): &(&str, u64)| {
            let mut layer = Descriptor::new(
                MediaType::new("application/vnd.oci.image.layer.v1.tar"),
                digest(name),
                0,
            );
            layer.size = *size;
            layer
        };
        ImageDescription {
            layers: layers.iter().map(descriptor).collect(),
            config: ImageConfig {
                platform: Platform::new("linux", "amd64"),
                diff_ids: layers
                    .iter()
                    .map(|(name, _)| digest(&format!("{name} unpacked")))
                    .collect(),
                variable_names: Vec::new(),
            },
        }
    }

    fn need(images: &[&ImageDescription], local: &[&ImageDescription], store: &ImageStore) -> u64 {
        let local: Vec<_> = local.iter().map(|image| image.config.diff_ids.clone()).collect();
        DiskNeed::new(images, &local, store).least
    }

    #[test]
    fn a_layer_that_the_engine_has_on_the_same_others_takes_nothing() {
        let new = image(&[("base", 100), ("packages", 30), ("program", 5)]);
        let old = image(&[("base", 100), ("packages", 30), ("old program", 5)]);
        let other = image(&[("other base", 100), ("packages", 30)]);
        assert_eq!(need(&[&new], &[&other], &DISK()), 135);
        assert_eq!(need(&[&new], &[&other, &old], &DISK()), 5);
        assert_eq!(need(&[&new], &[&new], &DISK()), 0);
    }

    #[test]
    fn layers_of_several_images_are_counted_once() {
        let one = image(&[("base", 50), ("one", 40), ("x", 40)]);
        let two = image(&[("base", 50), ("two", 40)]);
        assert_eq!(need(&[&one, &two], &[], &DISK()), 170);
        assert_eq!(need(&[&one, &two], &[], &ImageStore::Containerd("overlayfs".to_owned())), 340);
        let layers = [&one, &two];
        assert_eq!(DiskNeed::new(&layers, &[], &DISK()).usual, 4 * 170);
    }
}
