//! A database that the project's own commands back up, verify and restore.

use async_trait::async_trait;
use bytes::Bytes;
use local_docker::{ContainerId, Engine};

use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    container::{self, Container, Tool, ToolFailure},
    error::{DatabaseError, printed},
    facts::Facts,
    in_place::{InPlaceDatabase, half_replaced},
};

/// Commands that run in the container of a server. Each is a program and its arguments; no
/// shell reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseCommands {
    /// Writes an archive to its output.
    pub back_up: Vec<String>,
    /// Reads an archive from its input, and fails unless it can be restored.
    pub verify: Vec<String>,
    /// Replaces the data by that of an archive, which it reads from its input.
    pub restore: Vec<String>,
}

/// A database of a kind that this crate does not have, in a container that runs.
#[derive(Debug, Clone)]
pub struct CommandDatabase {
    container: Container,
    commands: DatabaseCommands,
}

impl CommandDatabase {
    /// Looks for the container; nothing is run in it yet.
    ///
    /// # Errors
    /// `ContainerMissing`, `ContainerStopped`, or when the engine does not answer.
    pub async fn in_container(
        engine: &Engine,
        container: &ContainerId,
        commands: DatabaseCommands,
    ) -> Result<Self, DatabaseError> {
        let container = Container::find(engine, container, Vec::new()).await?;
        Ok(Self { container, commands })
    }

    fn doing(&self, act: &str) -> String {
        format!("{act} the database in container {}", self.container.name())
    }

    fn tool(&self, act: &str, command: &[String]) -> Tool {
        Tool::new(&self.doing(act), command, interpret)
    }

    /// Until the command itself is started, nothing is changed.
    async fn require_program(&self, tool: &Tool) -> Result<(), DatabaseError> {
        let look = "command -v -- \"$1\" >/dev/null || exit 127";
        let program = tool.program();
        let looking = Tool::new(&tool.doing, &["sh", "-c", look, "sh", program], interpret);
        self.container.run(&looking, "").await.map(drop).map_err(|error| match error {
            DatabaseError::ToolMissing { doing, container, .. } => {
                DatabaseError::ToolMissing { doing, container, tool: program.to_owned() }
            }
            error => error,
        })
    }

    async fn feed(
        &self,
        tool: &Tool,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<(), DatabaseError> {
        self.container.feed(tool, archive).await?.check(&tool.doing, manifest)
    }
}

fn interpret(failure: ToolFailure) -> DatabaseError {
    let ToolFailure { doing, tool, status, output } = failure;
    match output.contains("No space left on device") {
        true => DatabaseError::DiskFull { doing, output },
        false => DatabaseError::ToolFailed { doing, tool, status, output },
    }
}

/// What is in such a database is not known.
#[async_trait(?Send)]
impl InPlaceDatabase for CommandDatabase {
    fn engine_name(&self) -> &'static str {
        "commands"
    }

    async fn identify(&self) -> Result<(), DatabaseError> {
        Ok(())
    }

    async fn facts(&self) -> Result<Facts, DatabaseError> {
        let database = self.container.name().to_owned();
        Ok(Facts { database, ..Facts::default() })
    }

    async fn dump(&self) -> Result<Dump, DatabaseError> {
        let tool = self.tool("dump", &self.commands.back_up);
        let (stream, digest) = container::dump(&self.container, tool, None, Bytes::new()).await?;
        Ok(Dump { facts: self.facts().await?, stream, digest })
    }

    async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let tool = self.tool("verify a backup of", &self.commands.verify);
        match self.feed(&tool, archive, manifest).await {
            // That is what the command is for.
            Err(DatabaseError::ToolFailed { doing, status, output, .. }) => {
                let command = self.commands.verify.join(" ");
                let reason = format!("`{command}` failed with status {status}{}", printed(&output));
                Err(DatabaseError::NotAnArchive { doing, reason })
            }
            fed => fed.map(|()| manifest.facts.clone()),
        }
    }

    async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Option<String>, DatabaseError> {
        let tool = self.tool("restore", &self.commands.restore);
        self.require_program(&tool).await?;
        half_replaced(self.feed(&tool, archive, manifest).await).map(|()| None)
    }

    async fn restore_into(
        &self,
        _: &str,
        _: ArchiveSource,
        _: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let doing = self.doing("restore a copy of");
        let reason = "its commands can only replace its data".to_owned();
        Err(DatabaseError::Unsupported { doing, reason })
    }

    async fn leave_restore(&self) -> Result<(), DatabaseError> {
        Ok(())
    }
}
