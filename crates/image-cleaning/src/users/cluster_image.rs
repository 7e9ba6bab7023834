use image_retention::{ImageUse, ImageUser};

/// The images that the pods and workloads of a Kubernetes cluster use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterImages {
    /// The kubeconfig context of the cluster.
    pub context: String,
    /// One for each container, volume or template.
    pub images: Vec<ClusterImage>,
}

/// An image that a pod or workload uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterImage {
    /// Its name in the cluster.
    pub name: String,
    /// The pod or workload.
    pub user: ImageUser,
    /// The use by name, and the use of what actually runs.
    pub uses: Vec<ImageUse>,
}

impl ClusterImages {
    /// All uses of images.
    pub fn uses(&self) -> impl Iterator<Item = &ImageUse> {
        self.images.iter().flat_map(|image| &image.uses)
    }
}
