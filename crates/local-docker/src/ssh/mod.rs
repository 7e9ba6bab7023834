//! Engines of other machines, by the system's ssh client: so the user's own configuration,
//! agent and trusted hosts are used. As Docker does it (docker/cli `cli/connhelper`), each HTTP
//! connection is a child `ssh HOST docker system dial-stdio`.

mod connector;
mod destination;
mod error;
mod greeting;
mod problem;
mod stream;

pub(crate) use connector::SshConnector;
pub use destination::SshDestination;
pub(crate) use error::{SshError, process_error};
pub use problem::SshProblem;
pub use stream::SshStream;
