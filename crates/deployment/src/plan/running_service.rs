use serde::{Deserialize, Serialize};

use super::Instance;

/// A service with those of its instances that run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningService {
    /// The service.
    pub service: String,
    /// What runs.
    pub instances: Vec<Instance>,
}

/// The names of services, for people: `api, worker`.
pub(crate) fn names_of(services: &[RunningService]) -> String {
    services.iter().map(|running| running.service.as_str()).collect::<Vec<_>>().join(", ")
}
