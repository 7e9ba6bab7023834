use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf},
    process::{ChildStderr, ChildStdin, ChildStdout},
    task::JoinSet,
    time::timeout,
};

use crate::{ProcessError, child::GroupedChild, output::last_lines, trace::ChildTrace};

/// Bytes of standard error that are kept: the last ones.
const STDERR_LIMIT: usize = 16 << 10;
/// How long a child may take to end after it has closed its output, and its last lines to come.
const ENDING_TIMEOUT: Duration = Duration::from_secs(3);
/// The lines may not end: a program that the child has left running has them open.
const LINES_TIMEOUT: Duration = Duration::from_millis(200);

/// A running child whose standard input and output are one stream of bytes. When it has failed,
/// the end of the stream is an [`io::Error`] with a [`ProcessError::Failed`] in it, which has the
/// last lines of its standard error. Dropping the stream kills the child with its group.
pub struct ChildStream {
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    running: Option<RunningChild>,
    ending: Option<Ending>,
    trace: Option<ChildTrace>,
}

type Ending = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// What is needed to find out how a child ended.
struct RunningChild {
    grouped: GroupedChild,
    stderr: Arc<Mutex<Vec<u8>>>,
    /// Reads standard error; ends with this value.
    reader: JoinSet<()>,
    summary: String,
    program: String,
}

impl ChildStream {
    /// `None` when the child was not started with pipes.
    pub(crate) fn new(
        mut grouped: GroupedChild,
        summary: String,
        program: String,
        trace: ChildTrace,
    ) -> Option<Self> {
        let child = &mut grouped.child;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take()?);
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let mut reader = JoinSet::new();
        reader.spawn(keep_last_bytes(child.stderr.take()?, Arc::clone(&stderr)));
        let running = Some(RunningChild { grouped, stderr, reader, summary, program });
        Some(Self { stdin, stdout, running, ending: None, trace: Some(trace) })
    }

    /// An error when the child failed.
    fn poll_ending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(running) = self.running.take() {
            self.ending = Some(Box::pin(running.end()));
        }
        let Some(ending) = &mut self.ending else { return Poll::Ready(Ok(())) };
        let ended = ready!(ending.as_mut().poll(cx));
        self.ending = None;
        Poll::Ready(ended)
    }
}

async fn keep_last_bytes(mut stream: ChildStderr, kept: Arc<Mutex<Vec<u8>>>) {
    let mut part = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&part[..length]);
        let excess = kept.len().saturating_sub(STDERR_LIMIT);
        kept.drain(..excess);
    }
}

impl RunningChild {
    async fn end(mut self) -> io::Result<()> {
        let ended = timeout(ENDING_TIMEOUT, self.grouped.child.wait()).await;
        let Ok(status) = ended else { return Ok(()) };
        let status = status?;
        self.grouped.disarm();
        if status.success() {
            return Ok(());
        }
        let _ = timeout(LINES_TIMEOUT, self.reader.join_next()).await;
        let stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let tail = last_lines(&String::from_utf8_lossy(&stderr));
        let Self { summary, program, .. } = self;
        Err(io::Error::other(ProcessError::Failed { summary, program, code: status.code(), tail }))
    }
}

impl AsyncRead for ChildStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        let before = out.filled().len();
        ready!(Pin::new(&mut stream.stdout).poll_read(cx, out))?;
        if out.filled().len() > before || out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        stream.poll_ending(cx)
    }
}

impl AsyncWrite for ChildStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stdin {
            Some(stdin) => Pin::new(stdin).poll_write(cx, bytes),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stdin {
            Some(stdin) => Pin::new(stdin).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Closes the child's input, and leaves its output open.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stdin = None;
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for ChildStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildStream").finish_non_exhaustive()
    }
}

impl Drop for ChildStream {
    fn drop(&mut self) {
        self.trace.take().into_iter().for_each(ChildTrace::close);
    }
}
