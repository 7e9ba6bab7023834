//! The output of a tool as a stream that ends without an error only when it is whole.

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use local_docker::{ExecEvent, ExecEvents, ExecInput};

use super::{Container, Session, StderrTail, Tool};
use crate::{
    archive::{DigestHandle, DumpStream, Meter},
    error::DatabaseError,
};

/// A tool that writes an archive.
struct Dumping {
    container: Container,
    tool: Tool,
    mark: String,
    /// Dropping it ends the tool.
    _input: ExecInput,
    events: ExecEvents,
    /// The session whose snapshot the tool reads.
    _snapshot: Option<Session>,
    /// The last bytes, which may be the mark.
    held: BytesMut,
    /// What the archive has after the output of the tool.
    trailer: Bytes,
    /// Whether the tool has ended and its output is whole.
    is_whole: bool,
    meter: Meter,
    stderr: StderrTail,
    digest: DigestHandle,
}

/// Runs a tool that writes an archive to its output; `snapshot` stays open as long. The archive
/// ends with `trailer`.
pub(crate) async fn dump(
    container: &Container,
    tool: Tool,
    snapshot: Option<Session>,
    trailer: Bytes,
) -> Result<(DumpStream, DigestHandle), DatabaseError> {
    let (tool, mark) = tool.with_end_mark();
    let (input, events) = container.start(&tool).await?;
    let digest = DigestHandle::default();
    let dumping = Dumping {
        container: container.clone(),
        tool,
        mark,
        _input: input,
        events,
        _snapshot: snapshot,
        held: BytesMut::new(),
        trailer,
        is_whole: false,
        meter: Meter::default(),
        stderr: container.tail(),
        digest: digest.clone(),
    };
    let stream = stream::unfold(Some(dumping), |dumping| async {
        let mut dumping = dumping?;
        match dumping.next().await {
            Ok(Some(part)) => Some((Ok(part), Some(dumping))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok((stream.boxed(), digest))
}

impl Dumping {
    /// The next bytes; `None` at the end of a whole archive.
    async fn next(&mut self) -> Result<Option<Bytes>, DatabaseError> {
        while !self.is_whole {
            match self.events.next().await {
                Some(Ok(ExecEvent::Stdout(part))) => {
                    if let Some(part) = self.take(&part) {
                        return Ok(Some(part));
                    }
                }
                Some(Ok(ExecEvent::Stderr(part))) => self.stderr.push(&part),
                Some(Ok(ExecEvent::Exited(status))) => self.require_whole(status)?,
                Some(Err(source)) => return Err(self.container.engine_error(&self.tool, source)),
                None => return Err(self.incomplete()),
            }
        }
        let trailer = std::mem::take(&mut self.trailer);
        self.meter.add(&trailer);
        if trailer.is_empty() {
            self.digest.set(self.meter.digest());
        }
        Ok(Some(trailer).filter(|trailer| !trailer.is_empty()))
    }

    /// What is certainly not part of the mark.
    fn take(&mut self, part: &[u8]) -> Option<Bytes> {
        self.held.extend_from_slice(part);
        let whole = self.held.len().checked_sub(self.mark.len()).filter(|length| *length > 0)?;
        let part = self.held.split_to(whole).freeze();
        self.meter.add(&part);
        Some(part)
    }

    fn require_whole(&mut self, status: i64) -> Result<(), DatabaseError> {
        if status != 0 {
            return Err(self.container.failure(&self.tool, status, &self.stderr));
        }
        if self.held != self.mark.as_bytes() {
            return Err(self.incomplete());
        }
        self.is_whole = true;
        Ok(())
    }

    fn incomplete(&self) -> DatabaseError {
        let tool = self.tool.program().to_owned();
        DatabaseError::Incomplete { doing: self.tool.doing.clone(), tool }
    }
}
