use bollard::{
    errors::Error as ClientError,
    query_parameters::{
        CreateContainerOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
        StartContainerOptions, WaitContainerOptions,
    },
};
use futures_util::StreamExt as _;

use super::{outcome::RunOutcome, request::RunRequest};
use crate::{
    cleanup::{Cleanup, create_with_cleanup},
    client::Connection,
    error::EngineError,
};

/// A container that is removed in the end, whatever happens.
pub(super) struct CheckContainer<'a> {
    connection: &'a Connection,
    name: String,
    removal: Cleanup,
}

impl<'a> CheckContainer<'a> {
    pub(super) async fn create(
        connection: &'a Connection,
        request: &RunRequest,
    ) -> Result<Self, EngineError> {
        let id = format!("{:016x}", fastrand::u64(..));
        let name = format!("tidegate-check-{id}");
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let (client, body) = (connection.client().clone(), request.container_config(&id));
        let create = async move { client.create_container(Some(options), body).await };
        let remove = remove_container(connection.clone(), name.clone());
        let (created, removal) = create_with_cleanup(create, remove).await;
        let doing = format!("create a container of {}", request.image);
        created
            .ok_or_else(|| EngineError::NoAnswer { doing: doing.clone() })?
            .map_err(connection.error_while(&doing))
            .map_err(|error| error.for_image(&request.image.to_string()))?;
        Ok(Self { connection, name, removal })
    }

    /// Starts the container and waits for its exit code.
    pub(super) async fn run_to_end(&self, request: &RunRequest) -> Result<i64, EngineError> {
        let client = self.connection.patient_client();
        let started = client.start_container(&self.name, None::<StartContainerOptions>).await;
        started.map_err(|error| self.start_error(error, request))?;
        let waited = client.wait_container(&self.name, None::<WaitContainerOptions>).next().await;
        match waited {
            Some(Ok(response)) => Ok(response.status_code),
            // The client library reports every exit code other than 0 as an error.
            Some(Err(ClientError::DockerContainerWaitError { code, error }))
                if error.is_empty() =>
            {
                Ok(code)
            }
            Some(Err(error)) => Err(self.connection.error_while("wait for a container")(error)),
            None => Err(EngineError::InvalidResponse {
                doing: "wait for a container".to_owned(),
                source: "it is empty".into(),
            }),
        }
    }

    /// Exit code and output; without a code it is still running.
    pub(super) async fn outcome(&self, code: Option<i64>) -> Result<RunOutcome, EngineError> {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let mut logs = self.connection.client().logs(&self.name, Some(options));
        let mut outcome = RunOutcome { code: code.unwrap_or(-1), ..RunOutcome::default() };
        while let Some(output) = logs.next().await {
            let output =
                output.map_err(self.connection.error_while("read a container's output"))?;
            outcome.append_output(output);
        }
        Ok(outcome)
    }

    pub(super) async fn remove(self) {
        self.removal.finish().await;
    }

    /// Every engine passes on runc's message (runc `libcontainer`, Go `os/exec`).
    fn start_error(&self, error: ClientError, request: &RunRequest) -> EngineError {
        const MISSING: [&str; 3] =
            ["executable file not found", "no such file or directory", "permission denied"];
        let doing = format!("start a container of {}", request.image);
        match self.connection.error_while(&doing)(error) {
            EngineError::Refused { message, .. }
                if MISSING.iter().any(|text| message.contains(text)) =>
            {
                let (image, program) = (request.image.to_string(), request.program());
                EngineError::ProgramMissing { image, program, message }
            }
            error => error,
        }
    }
}

async fn remove_container(connection: Connection, name: String) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    // It may not have been created, and nothing waits for the result.
    let _ = connection.client().remove_container(&name, Some(options)).await;
}
