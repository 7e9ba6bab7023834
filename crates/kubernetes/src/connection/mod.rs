//! How one cluster is reached.

mod answer;
mod cluster;
mod credentials;
mod failure;
mod login;
mod material;
mod plugin;
mod proxy;
mod server;
mod tls;
mod way;

pub(crate) use answer::Answer;
pub use cluster::Cluster;
