//! What can go wrong while an embedded server starts.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why an embedded server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// The port is taken, or loopback is not available.
    #[error("cannot listen on {address}; choose port 0 for any free port")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The threads that serve requests could not be started.
    #[error("cannot start the threads of an embedded server")]
    Threads(#[source] io::Error),
    /// The folder that should hold the server's content cannot be used.
    #[error("cannot keep content in {}; give a folder that can be written", path.display())]
    Storage {
        /// The folder that was asked for.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}
