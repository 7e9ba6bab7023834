use std::num::NonZeroUsize;

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, ComposeArgs, EnginesArgs};
use configuration::Period;
use image_cleaning::{CleanRequest, ClusterRequest};
use image_ref::Repository;

/// Remove the local images of a project that nothing uses
///
/// Kept are images of containers in any state, of the Compose files in all
/// profiles, of Swarm services and of Kubernetes pods and workloads, rollback
/// backups, and the parents of kept images. Removal is never forced.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 some could not be removed, \
    4 refused, 5 verification found a difference, 130 interrupted"
)]
pub(crate) struct Args {
    /// Only references that match, such as 'owner/app:0.*' or 'cron-*'
    #[arg(value_name = "PATTERN")]
    select: Vec<String>,
    /// Repository to clean, instead of the project's; may be repeated
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "all_images")]
    repository: Vec<Repository>,
    /// Clean all repositories, and dangling images of anybody
    #[arg(long)]
    all_images: bool,
    /// Keep the newest N versions of each repository and family of tags
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    keep: Option<NonZeroUsize>,
    /// Keep only what is deployed, and all of a repository of which nothing is
    #[arg(long)]
    keep_deployed: bool,
    /// Remove only what was pulled or tagged longer ago, such as 30d
    #[arg(long, value_name = "PERIOD")]
    older_than: Option<Period>,
    /// Remove images without a tag (with --duplicates: these too)
    #[arg(long)]
    dangling: bool,
    /// Remove second tags of images (with --dangling: these too)
    #[arg(long)]
    duplicates: bool,
    /// Keep references that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    keep_matching: Vec<String>,
    /// Remove stopped containers of the project that keep images, but no volumes
    #[arg(long)]
    with_stopped_containers: bool,
    /// Context of the kubeconfig whose cluster is asked; may be repeated
    /// [default: the current one, if its cluster is on this machine]
    #[arg(long, value_name = "NAME", conflicts_with = "without_kubernetes")]
    kube_context: Vec<String>,
    /// Ask no Kubernetes cluster
    #[arg(long)]
    without_kubernetes: bool,
    /// Go on although a cluster does not answer
    #[arg(long)]
    despite_silent_clusters: bool,
    #[command(flatten)]
    compose: ComposeArgs,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) engines: EnginesArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// As the standard library parses it, in words for people.
fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number from 1")
}

impl Args {
    /// What these arguments ask for.
    pub(crate) fn request(self) -> CleanRequest {
        CleanRequest {
            engines: self.engines.choices(),
            all_images: self.all_images,
            repositories: self.repository,
            select: self.select,
            keep_matching: self.keep_matching,
            dangling: self.dangling,
            duplicates: self.duplicates,
            keep: self.keep,
            keep_deployed: self.keep_deployed,
            older_than: self.older_than.map(Period::duration),
            with_stopped_containers: self.with_stopped_containers,
            compose: self.compose.selection(&self.common),
            clusters: ClusterRequest {
                contexts: self.kube_context,
                without: self.without_kubernetes,
                despite_silence: self.despite_silent_clusters,
            },
            agreed: self.change.yes,
        }
    }
}
