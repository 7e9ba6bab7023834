#![doc = include_str!("../README.md")]

mod cluster;
mod connection;
mod error;
mod images;
mod kubeconfig;

pub use cluster::Cluster;
pub use error::ClusterError;
pub use images::{ClusterImageUse, ImageIdentity, ImageName, ObjectKind, PodPart};
pub use kubeconfig::{Context, KubeEnvironment, Kubeconfig, Locality};

/// The feature of this crate selects the version of the types that `kube` is built
/// with; nothing here names them.
use k8s_openapi as _;
