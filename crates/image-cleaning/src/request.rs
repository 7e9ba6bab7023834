use std::{num::NonZeroUsize, time::Duration};

use image_ref::Repository;
use local_docker::EndpointChoice;

use operation::ComposeSelection;

/// What to remove, where, and what to keep.
#[derive(Debug, Clone, Default)]
pub struct CleanRequest {
    /// The engines to clean; each has a section in the report.
    pub engines: Vec<EndpointChoice>,
    /// Look at every image, not only at the project's.
    pub all_images: bool,
    /// Repositories instead of those of the configuration and Compose files.
    pub repositories: Vec<Repository>,
    /// Only references that match one of these patterns.
    pub select: Vec<String>,
    /// Never references that match one of these patterns.
    pub keep_matching: Vec<String>,
    /// Only images without a tag.
    pub dangling: bool,
    /// Only second tags of images.
    pub duplicates: bool,
    /// Keep so many of the newest versions.
    pub keep: Option<NonZeroUsize>,
    /// Keep only what is deployed, and everything where nothing is.
    pub keep_deployed: bool,
    /// Remove only what was pulled or tagged longer ago.
    pub older_than: Option<Duration>,
    /// Remove stopped containers of the project first, when they block.
    pub with_stopped_containers: bool,
    /// The Compose project whose images are kept.
    pub compose: ComposeSelection,
    /// The clusters that are asked what they use.
    pub clusters: ClusterRequest,
    /// Somebody agreed beforehand (`--yes`).
    pub agreed: bool,
}

/// Which clusters are asked for the images that they use.
#[derive(Debug, Clone, Default)]
pub struct ClusterRequest {
    /// These contexts of the kubeconfig; the configured ones, or the current one
    /// if its cluster is on this machine, when there are none.
    pub contexts: Vec<String>,
    /// None at all.
    pub without: bool,
    /// Go on although a cluster does not answer.
    pub despite_silence: bool,
}
