use bollard::{
    errors::Error as ClientError,
    query_parameters::{
        CreateContainerOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
        StartContainerOptions, WaitContainerOptions,
    },
};
use futures_util::StreamExt as _;

use super::{RunOutcome, RunRequest};
use crate::{
    Engine, EngineError,
    clean_up::{CleanUp, make},
};

/// A container that is removed in the end, whatever happens.
pub(super) struct CheckContainer<'a> {
    engine: &'a Engine,
    name: String,
    removal: CleanUp,
}

impl<'a> CheckContainer<'a> {
    pub(super) async fn create(
        engine: &'a Engine,
        request: &RunRequest,
    ) -> Result<Self, EngineError> {
        let id = format!("{:016x}", fastrand::u64(..));
        let name = format!("tidegate-check-{id}");
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let (client, body) = (engine.client().clone(), request.body(&id));
        let making = async move { client.create_container(Some(options), body).await };
        let (created, removal) = make(making, remove(engine.clone(), name.clone())).await;
        let doing = format!("create a container of {}", request.image);
        let created = created.ok_or_else(|| EngineError::NoAnswer { doing: doing.clone() })?;
        let failed = engine.failed(doing);
        created.map_err(|error| failed(error).for_image(&request.image.to_string()))?;
        Ok(Self { engine, name, removal })
    }

    /// Starts the container; the exit code when it has ended.
    pub(super) async fn run_to_end(&self, request: &RunRequest) -> Result<i64, EngineError> {
        let client = self.engine.patient_client();
        let started = client.start_container(&self.name, None::<StartContainerOptions>).await;
        started.map_err(|error| self.not_started(error, request))?;
        let waited = client.wait_container(&self.name, None::<WaitContainerOptions>).next().await;
        match waited {
            Some(Ok(answer)) => Ok(answer.status_code),
            // The client library calls every other code than 0 an error.
            Some(Err(ClientError::DockerContainerWaitError { code, error }))
                if error.is_empty() =>
            {
                Ok(code)
            }
            Some(Err(error)) => Err(self.engine.failed("wait for a container")(error)),
            None => Err(EngineError::InvalidResponse {
                doing: "wait for a container".to_owned(),
                source: "the answer is empty".into(),
            }),
        }
    }

    /// What it printed; without a code it is still running.
    pub(super) async fn outcome(&self, code: Option<i64>) -> Result<RunOutcome, EngineError> {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let mut logs = self.engine.client().logs(&self.name, Some(options));
        let mut outcome = RunOutcome { code: code.unwrap_or(-1), ..RunOutcome::default() };
        while let Some(output) = logs.next().await {
            outcome.add(output.map_err(self.engine.failed("read what a container printed"))?);
        }
        Ok(outcome)
    }

    pub(super) async fn remove(self) {
        self.removal.now().await;
    }

    /// runc's words, passed on by every engine (runc `libcontainer`, Go `os/exec`).
    fn not_started(&self, error: ClientError, request: &RunRequest) -> EngineError {
        const MISSING: [&str; 3] =
            ["executable file not found", "no such file or directory", "permission denied"];
        let error = self.engine.failed(format!("start a container of {}", request.image))(error);
        match error {
            EngineError::Refused { message, .. }
                if MISSING.iter().any(|words| message.contains(words)) =>
            {
                let (image, program) = (request.image.to_string(), request.program());
                EngineError::ProgramMissing { image, program, message }
            }
            error => error,
        }
    }
}

async fn remove(engine: Engine, name: String) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    // It may not have been made, and nobody waits for an answer.
    let _ = engine.client().remove_container(&name, Some(options)).await;
}
