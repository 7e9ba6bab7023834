use std::time::Duration;

use bollard::query_parameters::RemoveContainerOptionsBuilder;
use tokio::time::{Instant, sleep};

use super::ContainerId;
use crate::{Engine, EngineError};

/// How long another one's removal of the same container is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// How a container is removed. The default removes neither a running one nor
/// its volumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContainerRemoval {
    /// Also while it runs: it is killed.
    pub force: bool,
    /// With its anonymous volumes.
    pub volumes: bool,
}

/// What a removal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It was there and is gone.
    Removed,
    /// It was gone already.
    Gone,
    /// Something uses it, in the engine's words; it stays.
    InUse(String),
}

impl Engine {
    /// Removes a container. One that somebody else is removing is waited for.
    ///
    /// # Errors
    /// When the engine cannot remove it or goes away.
    pub async fn remove_container(
        &self,
        id: &ContainerId,
        options: ContainerRemoval,
    ) -> Result<Removed, EngineError> {
        let end = Instant::now() + PATIENCE;
        let mut was_there = false;
        loop {
            match self.try_to_remove(id, options).await {
                Err(error) if is_under_way(&error) && Instant::now() < end => was_there = true,
                Ok(Removed::Gone) if was_there => return Ok(Removed::Removed),
                outcome => return outcome,
            }
            sleep(PAUSE).await;
        }
    }

    async fn try_to_remove(
        &self,
        id: &ContainerId,
        options: ContainerRemoval,
    ) -> Result<Removed, EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(options.force).v(options.volumes);
        let client = self.patient_client();
        let removed = client.remove_container(id.as_str(), Some(options.build())).await;
        let removed = removed.map_err(self.failed(format!("remove container {}", id.short())));
        outcome(removed, |status, _| status == 409)
    }
}

/// 409 for a container that is being removed (moby `daemon/delete.go`).
fn is_under_way(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(409), message, .. }
        if message.contains("already in progress"))
}

/// What became of a DELETE; `means_in_use` knows a refusal by status and text.
pub(crate) fn outcome(
    removed: Result<(), EngineError>,
    means_in_use: impl Fn(u16, &str) -> bool,
) -> Result<Removed, EngineError> {
    match removed {
        Ok(()) => Ok(Removed::Removed),
        Err(EngineError::Refused { status: Some(404), .. }) => Ok(Removed::Gone),
        Err(error) if is_under_way(&error) => Err(error),
        Err(EngineError::Refused { status: Some(status), message, .. })
            if means_in_use(status, &message) =>
        {
            Ok(Removed::InUse(message))
        }
        Err(error) => Err(error),
    }
}
