use std::time::Duration;

/// What to run, and of which service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandRequest {
    /// The service; `None` for the only one of the application.
    pub service: Option<String>,
    /// The command, which takes the place of the service's own; its entry point stays.
    pub command: Vec<String>,
    /// How long to wait while somebody else holds the target's lock.
    pub lock_timeout: Duration,
}
