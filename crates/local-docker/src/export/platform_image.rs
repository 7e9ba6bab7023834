use image_ref::{Digest, Platform};
use oci_image::Descriptor;

/// The image of one platform in a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformImage {
    /// The platform that was requested.
    pub platform: Platform,
    /// Its manifest, with the platform that the config names.
    pub manifest: Descriptor,
    /// Digest of its config: the image's ID in a graph-driver store.
    pub config: Digest,
}
