use std::{num::NonZeroUsize, time::Duration};

use image_ref::Repository;
use local_docker::EndpointChoice;
use operation::ComposeSelection;

/// Which images to remove, from which engines, and which to keep.
#[derive(Debug, Clone, Default)]
pub struct CleanRequest {
    /// The engines to clean; each has a section in the report.
    pub engines: Vec<EndpointChoice>,
    /// Consider every image, not only the project's.
    pub all_images: bool,
    /// Repositories instead of those of the configuration and Compose files.
    pub repositories: Vec<Repository>,
    /// Remove only references that match one of these patterns.
    pub select: Vec<String>,
    /// Keep references that match one of these patterns.
    pub keep_matching: Vec<String>,
    /// Remove only images without a tag.
    pub dangling: bool,
    /// Remove only additional tags of images.
    pub duplicates: bool,
    /// Keep this many of the newest versions.
    pub keep: Option<NonZeroUsize>,
    /// Keep only deployed images, and every image of a repository that has none deployed.
    pub keep_deployed: bool,
    /// Remove only images that were pulled or tagged longer ago.
    pub older_than: Option<Duration>,
    /// First remove stopped containers of the project that keep images.
    pub with_stopped_containers: bool,
    /// The Compose project whose images are kept.
    pub compose: ComposeSelection,
    /// The clusters whose images are kept.
    pub clusters: ClusterRequest,
    /// Do not ask for confirmation (`--yes`).
    pub confirmed: bool,
}

/// Which clusters are queried for the images that they use.
#[derive(Debug, Clone, Default)]
pub struct ClusterRequest {
    /// Contexts of the kubeconfig; if empty, the configured ones, else the current one
    /// if its cluster is on this machine.
    pub contexts: Vec<String>,
    /// Query no cluster.
    pub skip: bool,
    /// Continue even if a cluster does not respond.
    pub ignore_unreachable: bool,
}
