//! What runs in a container.

use bollard::{
    exec::{StartExecOptions, StartExecResults},
    models::ExecConfig,
};
use futures_util::TryStreamExt as _;

use tokio::time::sleep;

use super::{
    ContainerId, PAUSE,
    exec::{self, ExecEvents, ExecInput},
};
use crate::{client::Connection, error::EngineError};

/// What a program in a container printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Its exit code: 126 or 127 when the container has no such program.
    pub code: i64,
    /// Both of its output streams.
    pub text: String,
}

/// A process of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number, as the engine's machine counts.
    pub id: String,
    /// Its command line, or what it put in its place.
    pub command: String,
}

/// The processes of running containers; see [`Engine::processes`](crate::Engine::processes).
#[derive(Debug, Clone, Copy)]
pub struct Processes<'a> {
    connection: &'a Connection,
}

impl<'a> Processes<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Runs a program in a running container and waits for its end. Its arguments are
    /// visible to everybody on the engine: never pass secrets. `user` replaces the
    /// container's own.
    ///
    /// # Errors
    /// `Refused` when the container does not run, or when the engine does not answer.
    pub async fn run(
        self,
        id: &ContainerId,
        command: &[String],
        user: Option<&str>,
    ) -> Result<ExecOutput, EngineError> {
        let doing = format!("run a command in container {}", id.short());
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.to_vec()),
            user: user.map(str::to_owned),
            ..ExecConfig::default()
        };
        let client = self.connection.patient_client();
        let error = || self.connection.error_while(&doing);
        let created = client.create_exec(id.as_str(), config).await.map_err(error())?;
        let started = client.start_exec(&created.id, None::<StartExecOptions>).await;
        let started = match started.map_err(error()) {
            // Newer engines answer so when there is no such program.
            Err(EngineError::Refused { status: Some(400), message, .. }) => {
                return Ok(ExecOutput { code: 127, text: message });
            }
            started => started?,
        };
        let mut text = String::new();
        if let StartExecResults::Attached { mut output, .. } = started {
            while let Some(part) = output.try_next().await.map_err(error())? {
                text += &String::from_utf8_lossy(&part.into_bytes());
            }
        }
        loop {
            let state = client.inspect_exec(&created.id).await.map_err(error())?;
            // The output may end before the engine has seen the program's end.
            match state.exit_code {
                Some(code) if state.running != Some(true) => {
                    return Ok(ExecOutput { code, text });
                }
                _ => sleep(PAUSE).await,
            }
        }
    }

    /// Starts a program in a running container: its input, and its output streams apart with
    /// how it ended. Its arguments are visible to everybody on the engine: secrets belong
    /// into the input. `user` replaces the container's own.
    ///
    /// # Errors
    /// `Refused` when the container does not run, or when the engine does not answer.
    pub async fn stream(
        self,
        id: &ContainerId,
        command: &[String],
        user: Option<&str>,
    ) -> Result<(ExecInput, ExecEvents), EngineError> {
        exec::start(self.connection, id, command, user).await
    }

    /// The processes of a running container, its own program first.
    ///
    /// # Errors
    /// `Refused` when the container does not run, or when the engine does not answer.
    pub async fn list(self, id: &ContainerId) -> Result<Vec<Process>, EngineError> {
        let doing = format!("list the processes of container {}", id.short());
        let listed = self.connection.client().top_processes(id.as_str(), None).await;
        let listed = listed.map_err(self.connection.error_while(&doing))?;
        let titles = listed.titles.unwrap_or_default();
        let column = |names: &[&str]| titles.iter().position(|title| names.contains(&&**title));
        let (Some(number), Some(command)) = (column(&["PID"]), column(&["CMD", "COMMAND"])) else {
            let source = format!("no processes in the columns {titles:?}").into();
            return Err(EngineError::InvalidResponse { doing, source });
        };
        let rows = listed.processes.unwrap_or_default();
        let process = |row: &Vec<String>| {
            Some(Process { id: row.get(number)?.clone(), command: row.get(command)?.clone() })
        };
        let mut processes: Vec<Process> = rows.iter().filter_map(process).collect();
        // They are listed by their numbers, which start again from 1 at some time.
        let main = self.main_process(id).await?;
        processes.sort_by_key(|process| process.id != main);
        Ok(processes)
    }

    /// The number of the process that the container was started for.
    async fn main_process(self, id: &ContainerId) -> Result<String, EngineError> {
        let doing = format!("inspect container {}", id.short());
        let details = self.connection.client().inspect_container(id.as_str(), None).await;
        let details = details.map_err(self.connection.error_while(&doing))?;
        let number = details.state.and_then(|state| state.pid).unwrap_or_default();
        Ok(number.to_string())
    }
}
