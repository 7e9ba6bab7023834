use bollard::query_parameters::StartContainerOptions;

use super::ContainerId;
use crate::{Engine, EngineError};

impl Engine {
    /// Starts a container; one that runs goes on running.
    ///
    /// # Errors
    /// `ContainerNotFound`, `Refused` when it cannot be started (a port in use,
    /// a missing program), or when the engine does not answer.
    pub async fn start_container(&self, id: &ContainerId) -> Result<(), EngineError> {
        let client = self.patient_client();
        let started = client.start_container(id.as_str(), None::<StartContainerOptions>).await;
        let failed = self.failed(format!("start container {}", id.short()));
        started.map_err(|error| match failed(error) {
            EngineError::Refused { status: Some(404), message, .. }
                if message.contains("No such container") =>
            {
                EngineError::ContainerNotFound { container: id.to_string() }
            }
            error => error,
        })
    }
}
