//! A program in a running container whose input and output are streams.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bollard::{
    container::LogOutput,
    exec::{StartExecOptions, StartExecResults},
    models::ExecConfig,
};
use bytes::Bytes;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::{
    io::AsyncWrite,
    time::{Instant, sleep},
};

use super::{ContainerId, PAUSE};
use crate::{client::Connection, error::EngineError};

/// Bytes that are read from the engine at a time. It sends at most 32 KiB in one piece.
const CAPACITY: usize = 1 << 18;
/// How long the engine may take to record how a program ended, once it no longer runs.
const STATUS_TIMEOUT: Duration = Duration::from_secs(30);

/// What comes from a program in a container. [`ExecEvent::Exited`] is the last event; a
/// stream that ends with an error says nothing about how the program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecEvent {
    /// Bytes of its standard output.
    Stdout(Bytes),
    /// Bytes of its standard error.
    Stderr(Bytes),
    /// Its exit code: 126 or 127 when the container has no such program.
    Exited(i64),
}

/// The output of a program, then how it ended.
pub type ExecEvents = BoxStream<'static, Result<ExecEvent, EngineError>>;

/// The standard input of a program in a container. Shutting it down, and dropping it together
/// with the [`ExecEvents`], is the end of the input for the program.
pub struct ExecInput(Pin<Box<dyn AsyncWrite + Send>>);

impl std::fmt::Debug for ExecInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExecInput")
    }
}

impl AsyncWrite for ExecInput {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}

/// Starts a program with all three streams attached.
pub(super) async fn start(
    connection: &Connection,
    id: &ContainerId,
    command: &[String],
    user: Option<&str>,
) -> Result<(ExecInput, ExecEvents), EngineError> {
    let doing = format!("run a command in container {}", id.short());
    let config = ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(command.to_vec()),
        user: user.map(str::to_owned),
        ..ExecConfig::default()
    };
    let client = connection.patient_client();
    let created = client.create_exec(id.as_str(), config).await;
    let exec = created.map_err(connection.error_while(&doing))?.id;
    let options = StartExecOptions { output_capacity: Some(CAPACITY), ..Default::default() };
    let started = client.start_exec(&exec, Some(options)).await;
    let running = Running { connection: connection.clone(), exec, doing };
    match started.map_err(running.connection.error_while(&running.doing)) {
        Ok(StartExecResults::Attached { output, input }) => {
            Ok((ExecInput(input), running.events(output.boxed())))
        }
        Ok(StartExecResults::Detached) => Err(running.invalid("its streams are not attached")),
        // Newer engines answer so when there is no such program.
        Err(EngineError::Refused { status: Some(400), message, .. }) => {
            Ok((ExecInput(Box::pin(tokio::io::sink())), not_startable(message)))
        }
        Err(error) => Err(error),
    }
}

fn not_startable(message: String) -> ExecEvents {
    stream::iter([Ok(ExecEvent::Stderr(message.into())), Ok(ExecEvent::Exited(127))]).boxed()
}

struct Running {
    connection: Connection,
    exec: String,
    doing: String,
}

type Output = BoxStream<'static, Result<LogOutput, bollard::errors::Error>>;

impl Running {
    fn events(self, output: Output) -> ExecEvents {
        stream::unfold(Some((self, output)), |state| async {
            let (running, mut output) = state?;
            match output.next().await {
                Some(Ok(part)) => match running.event(part) {
                    Ok(event) => Some((Ok(event), Some((running, output)))),
                    Err(error) => Some((Err(error), None)),
                },
                Some(Err(error)) => {
                    Some((Err(running.connection.error_while(&running.doing)(error)), None))
                }
                None => Some((running.exit_code().await.map(ExecEvent::Exited), None)),
            }
        })
        .boxed()
    }

    /// The client library passes on a piece that was cut off as `Console`, which exists
    /// for terminals only.
    fn event(&self, part: LogOutput) -> Result<ExecEvent, EngineError> {
        match part {
            LogOutput::StdOut { message } => Ok(ExecEvent::Stdout(message)),
            LogOutput::StdErr { message } => Ok(ExecEvent::Stderr(message)),
            LogOutput::Console { .. } | LogOutput::StdIn { .. } => {
                Err(self.invalid("its output is cut off"))
            }
        }
    }

    /// The output may end before the engine has seen the program's end.
    async fn exit_code(&self) -> Result<i64, EngineError> {
        let client = self.connection.client();
        let mut ended: Option<Instant> = None;
        loop {
            let state = client.inspect_exec(&self.exec).await;
            let state = state.map_err(self.connection.error_while(&self.doing))?;
            match (state.running, state.exit_code) {
                (Some(true), _) => {}
                (_, Some(code)) => return Ok(code),
                (_, None) => {
                    let ended = *ended.get_or_insert_with(Instant::now);
                    if ended.elapsed() > STATUS_TIMEOUT {
                        return Err(self.invalid("the program ended without an exit code"));
                    }
                }
            }
            sleep(PAUSE).await;
        }
    }

    fn invalid(&self, reason: &'static str) -> EngineError {
        EngineError::InvalidResponse { doing: self.doing.clone(), source: reason.into() }
    }
}
