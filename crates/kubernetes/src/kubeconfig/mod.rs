//! Which clusters the user's kubeconfig knows.

mod clusters;
mod context;
mod locality;
mod read;
mod surroundings;

pub use clusters::Clusters;
pub use context::Context;
pub use locality::Locality;
pub use surroundings::Surroundings;

pub(crate) use context::without_credentials;
pub(crate) use locality::judge_server as locality_of_server;
