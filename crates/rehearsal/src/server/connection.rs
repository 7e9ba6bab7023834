//! The socket of one connection, which can be closed with a TCP reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Ends a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut by a fault")]
pub(super) struct ConnectionCut;

/// Controls and observes a connection while hyper owns its socket; clones share one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionControl(Arc<ConnectionState>);

#[derive(Debug, Default)]
struct ConnectionState {
    reset: AtomicBool,
    flushes: AtomicU64,
}

impl ConnectionControl {
    /// From now on the connection can only end with a TCP reset.
    pub(super) fn close_with_reset(&self) {
        self.0.reset.store(true, Ordering::SeqCst);
    }

    /// How often everything written so far has reached the socket.
    pub(super) fn flushes(&self) -> u64 {
        self.0.flushes.load(Ordering::SeqCst)
    }

    fn closes_with_reset(&self) -> bool {
        self.0.reset.load(Ordering::SeqCst)
    }

    fn count_flush(&self) {
        self.0.flushes.fetch_add(1, Ordering::SeqCst);
    }
}

/// A TCP stream that obeys its [`ConnectionControl`].
pub(super) struct Connection {
    io: TokioIo<TcpStream>,
    control: ConnectionControl,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> (Self, ConnectionControl) {
        let control = ConnectionControl::default();
        let io = TokioIo::new(stream);
        let connection = Self { io, control: control.clone() };
        (connection, control)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.control.closes_with_reset() {
            // A linger time of zero turns the close that follows into a reset.
            let _ = self.io.inner().set_zero_linger();
        }
    }
}

impl Read for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(context);
        if polled.is_ready() {
            self.control.count_flush();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.control.closes_with_reset() {
            // An orderly end of the stream would reach the peer before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }
}
