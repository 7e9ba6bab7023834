//! What changes a container without replacing it, and what it printed.

use bollard::query_parameters::{
    KillContainerOptionsBuilder, LogsOptionsBuilder, RenameContainerOptionsBuilder,
};
use futures_util::TryStreamExt as _;

use super::{ContainerId, Containers};
use crate::error::EngineError;

impl Containers<'_> {
    /// Gives a container another name, by which other containers in its networks
    /// reach it, too.
    ///
    /// # Errors
    /// `Refused` when another container has the name, or when the engine does not
    /// answer.
    pub async fn rename(self, id: &ContainerId, name: &str) -> Result<(), EngineError> {
        let options = RenameContainerOptionsBuilder::new().name(name).build();
        let renamed = self.connection.client().rename_container(id.as_str(), options).await;
        renamed.map_err(self.connection.error_while(&format!("rename container {}", id.short())))
    }

    /// Sends a signal, such as `SIGHUP`, to a container's program.
    ///
    /// # Errors
    /// `Refused` when the container does not run, or when the engine does not answer.
    pub async fn signal(self, id: &ContainerId, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        let sent = self.connection.client().kill_container(id.as_str(), Some(options)).await;
        sent.map_err(
            self.connection.error_while(&format!("send {signal} to container {}", id.short())),
        )
    }

    /// The last lines that a container printed on both streams. Programs print secrets:
    /// never show this without need.
    ///
    /// # Errors
    /// When its log driver keeps no readable log, or the engine does not answer.
    pub async fn last_lines(self, id: &ContainerId, lines: usize) -> Result<String, EngineError> {
        let tail = lines.to_string();
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&tail).build();
        let logs = self.connection.client().logs(id.as_str(), Some(options));
        let parts: Vec<_> = logs.try_collect().await.map_err(
            self.connection.error_while(&format!("read the log of container {}", id.short())),
        )?;
        let text =
            parts.into_iter().map(|part| String::from_utf8_lossy(&part.into_bytes()).into_owned());
        Ok(text.collect())
    }
}
