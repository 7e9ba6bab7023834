use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A proxy that answers users in the place of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedProxy {
    /// Its service.
    pub service: String,
    /// The target's identifier of its instance.
    pub instance: String,
    /// The name of its instance.
    pub name: String,
    /// When its program was started: what makes it answer so is lost with a restart.
    pub started: Option<Timestamp>,
}

/// Whether users are kept from the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Whether they are.
    pub is_on: bool,
    /// Since when.
    pub since: Timestamp,
    /// Who wanted it so.
    pub performer: String,
    /// The proxies that answer users instead; none while it is not complete.
    pub proxies: Vec<ClosedProxy>,
}
