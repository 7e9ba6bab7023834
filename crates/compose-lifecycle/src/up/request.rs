use std::time::Duration;

use operation::ComposeSelection;

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpRequest {
    /// The Compose projects.
    pub selection: ComposeSelection,
    /// Their services to start, with those that they depend on; empty for all.
    pub services: Vec<String>,
    /// Ask no registry, and start with the local images.
    pub offline: bool,
    /// How long to wait for the next service to become ready.
    pub wait_timeout: Duration,
}
