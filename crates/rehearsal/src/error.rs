//! Errors that can occur while an embedded server starts.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The reason an embedded server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// The port is in use, or loopback is not available.
    #[error("cannot listen on {address}: choose another port, or port 0 for any free port")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The threads that serve requests could not be started.
    #[error("cannot start the threads of an embedded server")]
    Threads(#[source] io::Error),
    /// The folder that should hold the server's content cannot be used.
    #[error("cannot store content in {}: choose a writable folder", path.display())]
    Storage {
        /// The requested folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}
