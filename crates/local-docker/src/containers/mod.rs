//! The engine's containers.

mod alike;
mod attachments;
mod changes;
mod creation;
mod details;
mod exec;
mod id;
mod logs;
mod own_settings;
mod processes;
mod specification;
mod state;
mod summary;

use std::time::Duration;

use bollard::query_parameters::{
    RemoveContainerOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
};
use tokio::time::{Instant, sleep};

pub use attachments::Mount;
pub(crate) use creation::archive_of;
pub use creation::{Creation, NewContainer};
pub use details::ContainerDetails;
pub use exec::{ExecEvent, ExecEvents, ExecInput};
pub use id::{ContainerId, InvalidContainerId};
pub use logs::{LogLine, LogRequest, LogStream, Logs};
pub use processes::{ExecOutput, Process, Processes};
pub use specification::ContainerSpecification;
pub use state::{ContainerState, Health};
pub use summary::ContainerSummary;

use crate::{
    client::{Connection, fetch_all, label_filter},
    error::EngineError,
    removal::{RemoveOutcome, is_removal_in_progress, remove_outcome},
};
use details::ContainerInspectResponse;
use summary::ContainerListEntry;

/// How long to wait for another client's removal of the same container.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// The containers of one engine; see [`Engine::containers`](crate::Engine::containers).
#[derive(Debug, Clone, Copy)]
pub struct Containers<'a> {
    connection: &'a Connection,
}

/// How a container is removed. The default removes neither a running container
/// nor volumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContainerRemoveOptions {
    /// Kill it when it runs.
    pub force: bool,
    /// Remove its anonymous volumes, too.
    pub volumes: bool,
}

/// Result of stopping a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopOutcome {
    /// It ran, and has ended.
    Stopped,
    /// It did not run.
    NotRunning,
    /// It does not exist any more.
    Gone,
}

impl<'a> Containers<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Containers in every state; with `label`, those that have it (`name` or
    /// `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer, or one of the containers has an ID that
    /// cannot be read: leaving it out would leave its image unprotected.
    pub async fn list(self, label: Option<&str>) -> Result<Vec<ContainerSummary>, EngineError> {
        let path = format!("/containers/json?all=true&{}", label_filter(label));
        let entries: Vec<ContainerListEntry> =
            self.connection.get(&path, "list containers").await?;
        Ok(entries.into_iter().map(ContainerSummary::from).collect())
    }

    /// Details of a container; `None` when it does not exist.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn inspect(self, id: &ContainerId) -> Result<Option<ContainerDetails>, EngineError> {
        let (path, doing) =
            (format!("/containers/{id}/json"), format!("inspect container {}", id.short()));
        let response: Option<ContainerInspectResponse> =
            self.connection.get_optional(&path, &doing).await?;
        Ok(response.map(ContainerDetails::from))
    }

    /// Details of many containers in their order, requested a few at a time.
    /// Those that do not exist are left out.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn inspect_all(
        self,
        ids: impl IntoIterator<Item = &ContainerId>,
    ) -> Result<Vec<ContainerDetails>, EngineError> {
        let ids = ids.into_iter().cloned().collect();
        fetch_all(ids, |id| async move { self.inspect(&id).await }).await
    }

    /// Starts a container; one that runs already is left running.
    ///
    /// # Errors
    /// `ContainerNotFound`, `Refused` when it cannot be started (a port in use,
    /// a missing program), or when the engine does not answer.
    pub async fn start(self, id: &ContainerId) -> Result<(), EngineError> {
        let client = self.connection.patient_client();
        let response = client.start_container(id.as_str(), None::<StartContainerOptions>).await;
        let response = response
            .map_err(self.connection.error_while(&format!("start container {}", id.short())));
        response.map_err(|error| match error {
            EngineError::Refused { status: Some(404), message, .. }
                if message.contains("No such container") =>
            {
                EngineError::ContainerNotFound { container: id.to_string() }
            }
            error => error,
        })
    }

    /// Stops a container and waits for its end: with its own stop signal, and
    /// with SIGKILL after its grace period. `grace` replaces that period; the
    /// engine counts whole seconds, so it is rounded up.
    ///
    /// # Errors
    /// When the engine cannot stop it or goes away. There is no time limit: a
    /// grace period may be long.
    pub async fn stop(
        self,
        id: &ContainerId,
        grace: Option<Duration>,
    ) -> Result<StopOutcome, EngineError> {
        // The client library does not distinguish the two kinds of success.
        let Some(before) = self.inspect(id).await? else { return Ok(StopOutcome::Gone) };
        let mut options = StopContainerOptionsBuilder::new();
        if let Some(grace) = grace {
            options = options.t(whole_seconds(grace));
        }
        let client = self.connection.patient_client();
        let response = client.stop_container(id.as_str(), Some(options.build())).await;
        match response
            .map_err(self.connection.error_while(&format!("stop container {}", id.short())))
        {
            Ok(()) if before.state.is_running() => Ok(StopOutcome::Stopped),
            Ok(()) => Ok(StopOutcome::NotRunning),
            Err(EngineError::Refused { status: Some(404), .. }) => Ok(StopOutcome::Gone),
            Err(error) => Err(error),
        }
    }

    /// Removes a container. If another client is removing it, waits for that.
    ///
    /// # Errors
    /// When the engine cannot remove it or goes away.
    pub async fn remove(
        self,
        id: &ContainerId,
        options: ContainerRemoveOptions,
    ) -> Result<RemoveOutcome, EngineError> {
        let deadline = Instant::now() + REMOVAL_TIMEOUT;
        let mut existed = false;
        loop {
            match self.try_remove(id, options).await {
                Err(error) if is_removal_in_progress(&error) && Instant::now() < deadline => {
                    existed = true;
                }
                Ok(RemoveOutcome::Gone) if existed => return Ok(RemoveOutcome::Removed),
                outcome => return outcome,
            }
            sleep(PAUSE).await;
        }
    }

    async fn try_remove(
        self,
        id: &ContainerId,
        options: ContainerRemoveOptions,
    ) -> Result<RemoveOutcome, EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(options.force).v(options.volumes);
        let client = self.connection.patient_client();
        let response = client.remove_container(id.as_str(), Some(options.build())).await;
        let response = response
            .map_err(self.connection.error_while(&format!("remove container {}", id.short())));
        remove_outcome(response, |status, _| status == 409)
    }
}

fn whole_seconds(grace: Duration) -> i32 {
    let seconds = grace.as_secs().saturating_add(u64::from(grace.subsec_nanos() > 0));
    seconds.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_period_is_rounded_up_to_whole_seconds() {
        for (milliseconds, expected) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), expected);
        }
        assert_eq!(whole_seconds(Duration::MAX), i32::MAX);
    }
}
