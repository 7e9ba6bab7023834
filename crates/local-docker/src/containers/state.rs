use std::fmt;

use serde::Deserialize;

/// Whether a container runs (moby `container.State`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
pub enum ContainerState {
    /// Created and never started.
    Created,
    /// Its program runs.
    Running,
    /// Its program is frozen.
    Paused,
    /// Its program ended and will be started again.
    Restarting,
    /// It is being removed.
    Removing,
    /// Its program ended.
    Exited,
    /// Its removal failed halfway.
    Dead,
    /// A state of an engine newer than this crate.
    Other(String),
}

impl ContainerState {
    /// Whether it must be stopped before it can be removed.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }

    /// Its name in the engine's API, such as `exited`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
            Self::Other(name) => name,
        }
    }
}

impl Default for ContainerState {
    fn default() -> Self {
        Self::Other("unknown".to_owned())
    }
}

impl From<String> for ContainerState {
    fn from(name: String) -> Self {
        match name.as_str() {
            "created" => Self::Created,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            "removing" => Self::Removing,
            "exited" => Self::Exited,
            "dead" => Self::Dead,
            _ => Self::Other(name),
        }
    }
}

impl fmt::Display for ContainerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Result of a container's health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Health {
    /// No result yet.
    Starting,
    /// The last probe succeeded.
    Healthy,
    /// As many consecutive probes failed as are allowed.
    Unhealthy,
}

impl Health {
    /// `none` and unknown results are `None`.
    pub(super) fn from_status(status: &str) -> Option<Self> {
        match status {
            "starting" => Some(Self::Starting),
            "healthy" => Some(Self::Healthy),
            "unhealthy" => Some(Self::Unhealthy),
            _ => None,
        }
    }

    /// Its name in the engine's API, such as `healthy`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_keeps_its_name() {
        for name in
            ["created", "running", "paused", "restarting", "removing", "exited", "dead", "hatching"]
        {
            assert_eq!(ContainerState::from(name.to_owned()).as_str(), name);
        }
        assert!(ContainerState::Paused.is_running() && !ContainerState::Dead.is_running());
    }
}
