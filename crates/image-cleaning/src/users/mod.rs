//! Which local images are used, and by what: containers, Compose files, Swarm
//! services, pods and workloads of Kubernetes clusters, and builds in progress.
//!
//! [`image_users`] answers the question for one engine. It needs no project and no
//! configuration. Containers, Swarm services, builds, and the Compose files that
//! containers were created from are found by themselves; Compose projects without
//! containers and clusters are added as [`UserSources::uses`].
//!
//! Doubt counts as use: an image reference that cannot be resolved uses its whole
//! repository, or every image.

mod builds;
mod cluster_image;
#[cfg(feature = "kubernetes")]
mod clusters;
mod compose_files;
mod containers;
mod engine_images;
mod histories;
mod image_users;
mod sources;

pub use cluster_image::{ClusterImage, ClusterImages};
#[cfg(feature = "kubernetes")]
pub use clusters::cluster_images;
pub use compose_files::compose_file_uses;
pub use image_users::{ImageUsers, image_users};
pub use sources::UserSources;

pub(crate) use compose_files::{mention_use, project_mentions};
pub(crate) use containers::{container_uses, list_containers, started_reference};
pub(crate) use engine_images::EngineImages;
pub(crate) use histories::{Histories, read_histories};
