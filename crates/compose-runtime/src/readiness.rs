//! Whether a container is ready, judged by its inspection.

use std::fmt;

use local_docker::{ContainerDetails, ContainerState, Health};

/// Whether a container does what it was started for. The text is a short
/// description, such as `healthy` or `exited 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It runs as intended, or has ended as intended.
    Ready(String),
    /// It may still become ready.
    Waiting(String),
    /// It will not become ready without intervention.
    Failed(String),
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(text) | Self::Waiting(text) | Self::Failed(text) => f.write_str(text),
        }
    }
}

impl Readiness {
    /// Judges a container. `steady` says that it has been running for a moment without
    /// a restart; it counts only for containers without a health check.
    #[must_use]
    pub fn of_container(container: &ContainerDetails, steady: bool) -> Self {
        match &container.state {
            ContainerState::Running => running(container, steady),
            ContainerState::Exited => exited(container),
            ContainerState::Paused | ContainerState::Dead => {
                Self::Failed(container.state.to_string())
            }
            ContainerState::Restarting => Self::Waiting(restarts(container)),
            // One that could not be started has an exit code: a missing program, a port
            // that is in use.
            ContainerState::Created if container.exit_code.is_some() => {
                Self::Failed("could not be started".to_owned())
            }
            ContainerState::Created => Self::Waiting("not started".to_owned()),
            state => Self::Waiting(state.to_string()),
        }
    }
}

fn running(container: &ContainerDetails, steady: bool) -> Readiness {
    match container.health {
        Some(Health::Healthy) => Readiness::Ready("healthy".to_owned()),
        Some(Health::Unhealthy) => Readiness::Failed("unhealthy".to_owned()),
        Some(Health::Starting) => Readiness::Waiting("starting".to_owned()),
        None if steady => Readiness::Ready("running".to_owned()),
        None if container.restart_count > 0 => Readiness::Waiting(restarts(container)),
        None => Readiness::Waiting("just started".to_owned()),
    }
}

/// A program may end only in a one-shot: a container that is not restarted.
fn exited(container: &ContainerDetails) -> Readiness {
    let code = container.exit_code.unwrap_or_default();
    let text = format!("exited {code}");
    match (code, container.restart_policy.as_str()) {
        (0, "no" | "on-failure") => Readiness::Ready(text),
        // The engine is about to restart it, or it was stopped on purpose.
        (_, "always" | "unless-stopped") => Readiness::Waiting(text),
        _ => Readiness::Failed(text),
    }
}

fn restarts(container: &ContainerDetails) -> String {
    let code = container.exit_code.map(|code| format!(", last exit code {code}"));
    format!("restarted {} times{}", container.restart_count, code.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn details(state: ContainerState) -> ContainerDetails {
        fixtures::container("web", 'a', state).details
    }

    fn with_health(health: Health) -> Readiness {
        let running = details(ContainerState::Running);
        let checked = ContainerDetails { health: Some(health), ..running };
        Readiness::of_container(&checked, true)
    }

    fn after_exit(code: i64, restart_policy: &str) -> Readiness {
        let exited = details(ContainerState::Exited);
        let restart_policy = restart_policy.to_owned();
        let exited = ContainerDetails { exit_code: Some(code), restart_policy, ..exited };
        Readiness::of_container(&exited, false)
    }

    #[test]
    fn a_health_check_decides_if_there_is_one() {
        assert_eq!(with_health(Health::Healthy), Readiness::Ready("healthy".to_owned()));
        assert_eq!(with_health(Health::Unhealthy), Readiness::Failed("unhealthy".to_owned()));
        assert!(matches!(with_health(Health::Starting), Readiness::Waiting(_)));
    }

    #[test]
    fn without_a_health_check_a_moment_of_running_decides() {
        let running = details(ContainerState::Running);
        let ready = Readiness::Ready("running".to_owned());
        assert_eq!(Readiness::of_container(&running, true), ready);
        assert!(matches!(Readiness::of_container(&running, false), Readiness::Waiting(_)));
        let restarted = ContainerDetails { restart_count: 4, ..running };
        assert_eq!(Readiness::of_container(&restarted, false).to_string(), "restarted 4 times");
    }

    #[test]
    fn only_one_shots_may_end() {
        assert_eq!(after_exit(0, "no"), Readiness::Ready("exited 0".to_owned()));
        assert_eq!(after_exit(0, "on-failure"), Readiness::Ready("exited 0".to_owned()));
        assert_eq!(after_exit(3, "no"), Readiness::Failed("exited 3".to_owned()));
        assert_eq!(after_exit(3, "on-failure"), Readiness::Failed("exited 3".to_owned()));
        assert!(matches!(after_exit(0, "always"), Readiness::Waiting(_)));
        assert!(matches!(after_exit(3, "unless-stopped"), Readiness::Waiting(_)));
    }

    #[test]
    fn a_container_that_was_never_started_is_waited_for_unless_it_cannot_start() {
        let created = details(ContainerState::Created);
        assert!(matches!(Readiness::of_container(&created, false), Readiness::Waiting(_)));
        let failed = ContainerDetails { exit_code: Some(127), ..created };
        assert!(matches!(Readiness::of_container(&failed, false), Readiness::Failed(_)));
        let paused = details(ContainerState::Paused);
        assert!(matches!(Readiness::of_container(&paused, true), Readiness::Failed(_)));
        let restarting = details(ContainerState::Restarting);
        assert!(matches!(Readiness::of_container(&restarting, true), Readiness::Waiting(_)));
    }
}
