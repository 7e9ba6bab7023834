//! The clusters in the user's kubeconfig.

mod config;
mod context;
mod environment;
mod file;
mod locality;

pub use config::Kubeconfig;
pub use context::Context;
pub use environment::KubeEnvironment;
pub use locality::Locality;

pub(crate) use context::without_credentials;
pub(crate) use locality::locality_of_server;
