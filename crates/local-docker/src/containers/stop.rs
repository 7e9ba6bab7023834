use std::time::Duration;

use bollard::query_parameters::StopContainerOptionsBuilder;

use super::ContainerId;
use crate::{Engine, EngineError};

/// What a stop found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It ran, and has ended.
    Stopped,
    /// It did not run.
    WasNotRunning,
    /// There is no such container any more.
    Gone,
}

impl Engine {
    /// Stops a container and waits for its end: its own stop signal, and when
    /// its grace period is over, SIGKILL. `grace` replaces that period for
    /// this once; the engine counts whole seconds, parts of one are a whole.
    ///
    /// # Errors
    /// When the engine cannot stop it or goes away. There is no limit of time:
    /// a grace period may be long.
    pub async fn stop_container(
        &self,
        id: &ContainerId,
        grace: Option<Duration>,
    ) -> Result<Stopped, EngineError> {
        // The client library does not tell the two kinds of success apart.
        let Some(before) = self.container_details(id).await? else { return Ok(Stopped::Gone) };
        let options = StopContainerOptionsBuilder::new();
        let options = grace.into_iter().fold(options, |options, grace| options.t(seconds(grace)));
        let stopped =
            self.patient_client().stop_container(id.as_str(), Some(options.build())).await;
        match stopped.map_err(self.failed(format!("stop container {}", id.short()))) {
            Ok(()) if before.state.is_running() => Ok(Stopped::Stopped),
            Ok(()) => Ok(Stopped::WasNotRunning),
            Err(EngineError::Refused { status: Some(404), .. }) => Ok(Stopped::Gone),
            Err(error) => Err(error),
        }
    }
}

fn seconds(grace: Duration) -> i32 {
    let whole = grace.as_secs().saturating_add(u64::from(grace.subsec_nanos() > 0));
    whole.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_is_a_whole_one_and_nothing_is_nothing() {
        let of = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([of(0), of(1), of(1000), of(1001)], [0, 1, 1, 2]);
        assert_eq!(seconds(Duration::MAX), i32::MAX);
    }
}
