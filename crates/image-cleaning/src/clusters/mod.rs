//! What pods and workloads use, in the clusters that are asked.

#[cfg(not(feature = "kubernetes"))]
mod absent;
#[cfg(feature = "kubernetes")]
mod ask;

use image_retention::{ImageUse, ImageUser};

#[cfg(not(feature = "kubernetes"))]
pub(super) use self::absent::ask;
#[cfg(feature = "kubernetes")]
pub(super) use self::ask::ask;

/// A cluster that was asked.
#[derive(Debug)]
pub(super) struct AskedCluster {
    pub(super) context: String,
    pub(super) images: Vec<ClusterImage>,
}

/// An image that a cluster uses.
#[derive(Debug)]
pub(super) struct ClusterImage {
    /// As the cluster names it.
    pub(super) name: String,
    pub(super) user: ImageUser,
    pub(super) uses: Vec<ImageUse>,
}

impl AskedCluster {
    pub(super) fn uses(&self) -> impl Iterator<Item = ImageUse> {
        self.images.iter().flat_map(|image| image.uses.iter().cloned())
    }
}
