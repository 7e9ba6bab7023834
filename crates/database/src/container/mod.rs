//! The container of a server, and tools that run in it.

mod answer;
mod dumping;
mod feeding;
mod script;
mod session;
mod stderr;

use local_docker::{ContainerId, Engine, EngineError, ExecEvents, ExecInput};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncWriteExt as _;

pub(crate) use answer::parse;
pub(crate) use dumping::dump;
pub(crate) use script::Tool;
pub(crate) use session::Session;
pub(crate) use stderr::{StderrTail, ToolFailure};

use crate::error::DatabaseError;

/// The container that a server runs in.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    engine: Engine,
    id: ContainerId,
    name: String,
    /// What is hidden in the output of tools.
    secrets: Vec<SecretString>,
}

impl Container {
    /// Finds a container that runs; `secrets` are hidden in errors besides those of its
    /// variables.
    pub(crate) async fn find(
        engine: &Engine,
        id: &ContainerId,
        mut secrets: Vec<SecretString>,
    ) -> Result<Self, DatabaseError> {
        let doing = format!("inspect container {}", id.short());
        let failed = |source: EngineError| DatabaseError::Engine {
            doing: doing.clone(),
            source: source.into(),
        };
        let details = engine.containers().inspect(id).await.map_err(failed)?;
        let container = id.short().to_owned();
        let details = details.ok_or(DatabaseError::ContainerMissing { container })?;
        if details.state != local_docker::ContainerState::Running {
            return Err(DatabaseError::ContainerStopped { container: details.name });
        }
        secrets.extend(engine.logs().secret_values(id).await.map_err(failed)?);
        secrets.retain(|secret| !secret.expose_secret().is_empty());
        Ok(Self { engine: engine.clone(), id: id.clone(), name: details.name, secrets })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Starts a tool; its input has the secrets already.
    async fn start(&self, tool: &Tool) -> Result<(ExecInput, ExecEvents), DatabaseError> {
        let started = self.engine.processes().stream(&self.id, &tool.command_line(), None).await;
        let (mut input, events) = started.map_err(|source| self.engine_error(tool, source))?;
        let first_lines = tool.secret_lines();
        input.write_all(first_lines.expose_secret().as_bytes()).await.map_err(|error| {
            let doing = "write to a program in a container".to_owned();
            let source = EngineError::ConnectionLost { doing, source: error.into() };
            self.engine_error(tool, source)
        })?;
        Ok((input, events))
    }

    fn engine_error(&self, tool: &Tool, source: EngineError) -> DatabaseError {
        match source {
            EngineError::Refused { status: Some(404 | 409), .. } => {
                DatabaseError::ContainerStopped { container: self.name.clone() }
            }
            source => DatabaseError::Engine { doing: tool.doing.clone(), source: source.into() },
        }
    }

    fn tail(&self) -> StderrTail {
        StderrTail::new(self.secrets.clone())
    }

    /// What a tool's end with this status means.
    fn failure(&self, tool: &Tool, status: i64, stderr: &StderrTail) -> DatabaseError {
        let output = stderr.text();
        let (doing, program) = (tool.doing.clone(), tool.program().to_owned());
        if matches!(status, 126 | 127) {
            let container = self.name.clone();
            return DatabaseError::ToolMissing { doing, container, tool: program };
        }
        (tool.interpret)(ToolFailure { doing, tool: program, status, output })
    }
}
