use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who holds the lock of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The operation, such as `full-release 1.2.0`.
    pub operation: String,
    /// User name.
    pub user: String,
    /// Host name.
    pub host: String,
    /// Process number on that host.
    pub process: u32,
    /// When it took the lock.
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, user, host, process, since } = self;
        write!(f, "`{operation}` by {user} on {host} (process {process}) since {since:.0}")
    }
}
