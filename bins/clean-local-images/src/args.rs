use std::num::NonZeroUsize;

use clap::Parser;
use cli::{ChangeArgs, CommonArgs, ComposeArgs, EnginesArgs};
use configuration::Period;
use image_cleaning::{CleanRequest, ClusterRequest};
use image_ref::Repository;

/// Remove the local images of a project that nothing uses
///
/// Keeps images used by any container, running or not, by Compose files in any
/// profile, by Swarm services, and by Kubernetes pods and workloads. Also keeps
/// rollback backups and everything that a kept image is built on. Images are
/// never removed by force.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 some images could not be removed, \
    4 refused, 5 verification found a difference, 130 interrupted"
)]
pub(crate) struct Args {
    /// Remove only references that match, such as 'owner/app:0.*' or 'cron-*'
    #[arg(value_name = "PATTERN")]
    select: Vec<String>,
    /// Clean this repository instead of the project's; repeatable
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "all_images")]
    repository: Vec<Repository>,
    /// Clean all repositories, and all dangling images
    #[arg(long)]
    all_images: bool,
    /// Keep the newest N versions of each repository and tag family
    #[arg(long, value_name = "N", value_parser = parse_count)]
    keep: Option<NonZeroUsize>,
    /// Keep only deployed images, and every image of a repository that has none deployed
    #[arg(long)]
    keep_deployed: bool,
    /// Remove only images pulled or tagged longer ago than this, such as 30d
    #[arg(long, value_name = "DURATION")]
    older_than: Option<Period>,
    /// Remove only dangling images, which have no tag; can be combined with --duplicates
    #[arg(long)]
    dangling: bool,
    /// Remove only duplicate tags of the same image; can be combined with --dangling
    #[arg(long)]
    duplicates: bool,
    /// Keep references that match; repeatable
    #[arg(long, value_name = "PATTERN")]
    keep_matching: Vec<String>,
    /// First remove the project's stopped containers that keep images in use; volumes are kept
    #[arg(long)]
    with_stopped_containers: bool,
    /// Kubeconfig context of a cluster to query; repeatable
    /// [default: the current context, if its cluster is on this machine]
    #[arg(long, value_name = "NAME", conflicts_with = "without_kubernetes")]
    kube_context: Vec<String>,
    /// Do not query any Kubernetes cluster
    #[arg(long)]
    without_kubernetes: bool,
    /// Continue even if a cluster does not respond
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

/// The standard library's own message does not state what is expected.
fn parse_count(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "expected a whole number of at least 1")
}

impl Args {
    /// The request that these arguments describe.
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
                skip: self.without_kubernetes,
                ignore_unreachable: self.despite_silent_clusters,
            },
            confirmed: self.change.yes,
        }
    }
}
