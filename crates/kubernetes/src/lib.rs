#![doc = include_str!("../README.md")]

mod connection;
mod error;
mod hint;
mod images;
mod kubeconfig;

pub use connection::Cluster;
pub use error::ClusterError;
pub use images::{ClusterUse, ImageIdentity, ImageName, Kind, Part};
pub use kubeconfig::{Clusters, Context, Locality, Surroundings};

/// The feature of this crate chooses the version of the types that `kube` is
/// built with; nothing here names them.
use k8s_openapi as _;
