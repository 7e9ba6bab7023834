//! How a container stands, by what its inspection tells.

use local_docker::{ContainerDetails, ContainerState, Health};

/// How a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It does what it is there for.
    Ready(String),
    /// It may still become ready.
    Waiting(String),
    /// It will not become ready by itself.
    Failed(String),
}

impl Standing {
    /// One or a few words, such as `healthy` or `exited 3`.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Ready(words) | Self::Waiting(words) | Self::Failed(words) => words,
        }
    }
}

/// How a container stands. `steady`: it has been running for a moment without
/// being restarted; asked for only where no health check tells.
pub(super) fn standing(container: &ContainerDetails, steady: bool) -> Standing {
    match &container.state {
        ContainerState::Running => running(container, steady),
        ContainerState::Exited => exited(container),
        ContainerState::Paused | ContainerState::Dead => {
            Standing::Failed(container.state.to_string())
        }
        ContainerState::Restarting => Standing::Waiting(restarting(container)),
        // One that could not be started has a code: a missing program, a taken port.
        ContainerState::Created if container.exit_code.is_some() => {
            Standing::Failed("could not be started".to_owned())
        }
        ContainerState::Created => Standing::Waiting("not started".to_owned()),
        state => Standing::Waiting(state.to_string()),
    }
}

fn running(container: &ContainerDetails, steady: bool) -> Standing {
    match container.health {
        Some(Health::Healthy) => Standing::Ready("healthy".to_owned()),
        Some(Health::Unhealthy) => Standing::Failed("unhealthy".to_owned()),
        Some(Health::Starting) => Standing::Waiting("starting".to_owned()),
        None if steady => Standing::Ready("running".to_owned()),
        None if container.restart_count > 0 => Standing::Waiting(restarting(container)),
        None => Standing::Waiting("just started".to_owned()),
    }
}

/// A program that ends is right in a one-shot: one that nobody restarts.
fn exited(container: &ContainerDetails) -> Standing {
    let code = container.exit_code.unwrap_or_default();
    let words = format!("exited {code}");
    match (code, container.restart_policy.as_str()) {
        (0, "no" | "on-failure") => Standing::Ready(words),
        // The engine is about to restart it, or somebody stopped it.
        (_, "always" | "unless-stopped") => Standing::Waiting(words),
        _ => Standing::Failed(words),
    }
}

fn restarting(container: &ContainerDetails) -> String {
    let code = container.exit_code.map(|code| format!(", last exit code {code}"));
    format!("restarted {} times{}", container.restart_count, code.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::example;

    fn container(state: ContainerState) -> ContainerDetails {
        example::container("web", 'a', state).details
    }

    #[test]
    fn a_health_check_decides_where_there_is_one() {
        let of = |health| {
            let running = container(ContainerState::Running);
            standing(&ContainerDetails { health: Some(health), ..running }, true)
        };
        assert_eq!(of(Health::Healthy), Standing::Ready("healthy".to_owned()));
        assert_eq!(of(Health::Unhealthy), Standing::Failed("unhealthy".to_owned()));
        assert!(matches!(of(Health::Starting), Standing::Waiting(_)));
    }

    #[test]
    fn without_a_health_check_a_moment_of_running_decides() {
        let running = container(ContainerState::Running);
        assert_eq!(standing(&running, true), Standing::Ready("running".to_owned()));
        assert!(matches!(standing(&running, false), Standing::Waiting(_)));
        let restarted = ContainerDetails { restart_count: 4, ..running };
        assert_eq!(standing(&restarted, false).words(), "restarted 4 times");
    }

    #[test]
    fn the_end_of_a_program_is_right_for_one_shots_only() {
        let of = |code, policy: &str| {
            let exited = container(ContainerState::Exited);
            let restart_policy = policy.to_owned();
            standing(&ContainerDetails { exit_code: Some(code), restart_policy, ..exited }, false)
        };
        assert_eq!(of(0, "no"), Standing::Ready("exited 0".to_owned()));
        assert_eq!(of(0, "on-failure"), Standing::Ready("exited 0".to_owned()));
        assert_eq!(of(3, "no"), Standing::Failed("exited 3".to_owned()));
        assert_eq!(of(3, "on-failure"), Standing::Failed("exited 3".to_owned()));
        assert!(matches!(of(0, "always"), Standing::Waiting(_)));
        assert!(matches!(of(3, "unless-stopped"), Standing::Waiting(_)));
    }

    #[test]
    fn what_was_never_started_is_waited_for_unless_it_cannot_start() {
        let created = container(ContainerState::Created);
        assert!(matches!(standing(&created, false), Standing::Waiting(_)));
        let failed = ContainerDetails { exit_code: Some(127), ..created };
        assert!(matches!(standing(&failed, false), Standing::Failed(_)));
        assert!(matches!(standing(&container(ContainerState::Paused), true), Standing::Failed(_)));
        let restarting = container(ContainerState::Restarting);
        assert!(matches!(standing(&restarting, true), Standing::Waiting(_)));
    }
}
