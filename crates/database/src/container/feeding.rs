//! Tools that run to their end, with an archive or a script as their input.

use bytes::Bytes;
use futures_util::{StreamExt as _, future, stream};
use local_docker::{ExecEvent, ExecEvents, ExecInput};
use tokio::io::AsyncWriteExt as _;

use super::{Container, Tool};
use crate::{
    archive::{ArchiveDigest, ArchiveSource, Manifest, Meter},
    error::DatabaseError,
};

/// Bytes of a tool's output that are kept: answers are short, and a tool must not fill the
/// memory.
const LONGEST_OUTPUT: usize = 1 << 26;

/// What a tool made of an archive.
pub(crate) struct Fed {
    digest: ArchiveDigest,
    output: Result<Vec<u8>, DatabaseError>,
}

impl Fed {
    /// The same, when the tool was fed with a part of the archive that has this digest.
    pub(crate) fn of_archive(self, digest: ArchiveDigest) -> Self {
        Self { digest, ..self }
    }

    /// A damaged archive makes tools fail in ways that do not say so.
    pub(crate) fn check(self, doing: &str, manifest: &Manifest) -> Result<(), DatabaseError> {
        match self.output {
            Err(
                error @ (DatabaseError::ToolFailed { .. } | DatabaseError::NotAnArchive { .. }),
            ) => {
                manifest.check(doing, &self.digest)?;
                Err(error)
            }
            Err(error) => Err(error),
            Ok(_) => manifest.check(doing, &self.digest),
        }
    }
}

impl Container {
    /// Runs a tool with `input`; what it printed.
    pub(crate) async fn run(&self, tool: &Tool, input: &str) -> Result<String, DatabaseError> {
        let input = Bytes::copy_from_slice(input.as_bytes());
        String::from_utf8(self.output_of(tool, input).await?).map_err(|_| {
            DatabaseError::InvalidAnswer {
                doing: tool.doing.clone(),
                reason: "it is not UTF-8".to_owned(),
            }
        })
    }

    /// Runs a tool with `input`; the bytes that it printed.
    pub(crate) async fn output_of(
        &self,
        tool: &Tool,
        input: Bytes,
    ) -> Result<Vec<u8>, DatabaseError> {
        self.feed(tool, stream::iter([Ok(input)]).boxed()).await?.output
    }

    /// Runs a tool that reads an archive, which is read to its end also when the tool needs less
    /// of it.
    ///
    /// When the archive cannot be read, the connection is dropped: the tool sees the end of its
    /// input and may succeed, so the caller must undo what it did.
    pub(crate) async fn feed(
        &self,
        tool: &Tool,
        archive: ArchiveSource,
    ) -> Result<Fed, DatabaseError> {
        let (input, events) = self.start(tool).await?;
        let feeding = async {
            let fed = feed(input, archive).await;
            fed.map_err(|source| DatabaseError::Source { doing: tool.doing.clone(), source })
        };
        let output = async { Ok(self.output(tool, events).await) };
        let (digest, output) = future::try_join(feeding, output).await?;
        Ok(Fed { digest, output })
    }

    async fn output(&self, tool: &Tool, mut events: ExecEvents) -> Result<Vec<u8>, DatabaseError> {
        let (mut output, mut stderr) = (Vec::new(), self.tail());
        while let Some(event) = events.next().await {
            match event.map_err(|source| self.engine_error(tool, source))? {
                ExecEvent::Stdout(part) if output.len() < LONGEST_OUTPUT => output.extend(part),
                ExecEvent::Stdout(_) => return Err(too_long(tool)),
                ExecEvent::Stderr(part) => stderr.push(&part),
                ExecEvent::Exited(0) => return Ok(output),
                ExecEvent::Exited(status) => return Err(self.failure(tool, status, &stderr)),
            }
        }
        let program = tool.program().to_owned();
        Err(DatabaseError::Incomplete { doing: tool.doing.clone(), tool: program })
    }
}

fn too_long(tool: &Tool) -> DatabaseError {
    let reason = "it is longer than expected".to_owned();
    DatabaseError::InvalidAnswer { doing: tool.doing.clone(), reason }
}

/// A tool that stops reading has its reasons, which its exit status shows.
async fn feed(mut input: ExecInput, mut archive: ArchiveSource) -> std::io::Result<ArchiveDigest> {
    let (mut meter, mut reads) = (Meter::default(), true);
    while let Some(part) = archive.next().await {
        let part = part?;
        meter.add(&part);
        reads = reads && input.write_all(&part).await.is_ok();
    }
    // The connection stays open for the output: both halves belong to one.
    let _ = input.shutdown().await;
    Ok(meter.digest())
}
