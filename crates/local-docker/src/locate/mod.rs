//! Which engine to use: flags, environment and Docker's own configuration, in
//! the order in which Docker's command line reads them.

mod address;
mod choice;
mod docker_context;
mod endpoint;

pub use address::Address;
pub use choice::{DockerEnvironment, EndpointChoice};
pub use endpoint::{Endpoint, TlsFiles};
