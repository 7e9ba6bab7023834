//! The body type of requests and responses.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http_body::{Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use tokio::io::{AsyncRead, AsyncReadExt};

const READ_SIZE: usize = 64 * 1024;

/// Bytes that are received or sent piece by piece; only the methods that read a whole body collect
/// them.
pub struct Body {
    inner: UnsyncBoxBody<Bytes, io::Error>,
    transferred: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self::wrap(Empty::new().map_err(|never| match never {}))
    }

    /// Bytes from a stream of unknown length.
    pub fn from_stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self::wrap(StreamBody::new(stream.map(|piece| piece.map(Frame::data))))
    }

    /// Exactly `length` bytes from a reader, such as a file.
    pub fn from_reader(reader: impl AsyncRead + Send + Unpin + 'static, length: u64) -> Self {
        let pieces = futures_util::stream::unfold(reader.take(length), |mut reader| async move {
            let mut piece = BytesMut::with_capacity(READ_SIZE);
            match reader.read_buf(&mut piece).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(piece.freeze()), reader)),
                Err(error) => Some((Err(error), reader)),
            }
        });
        Self::from_stream(pieces).with_length(length)
    }

    /// Announces a length, which the stream must keep.
    pub fn with_length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    pub(crate) fn wrap<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = io::Error> + Send + 'static,
    {
        Self { inner: body.boxed_unsync(), transferred: Arc::default(), length: None }
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// The peer hung up, or broke the protocol.
    pub async fn chunk(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.inner.frame().await? {
                Ok(frame) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.count_transferred(bytes.len());
                        return Some(Ok(bytes));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The whole content, for bodies that are known to be small.
    ///
    /// # Errors
    /// The body is longer than `limit` bytes ([`io::ErrorKind::FileTooLarge`]), or the peer hung up.
    pub async fn bytes(mut self, limit: usize) -> io::Result<Bytes> {
        self.read(limit).await
    }

    /// Like [`Body::bytes`], but leaves the emptied body to the caller.
    ///
    /// # Errors
    /// The same as for [`Body::bytes`].
    pub async fn read(&mut self, limit: usize) -> io::Result<Bytes> {
        let mut content = BytesMut::new();
        while let Some(piece) = self.chunk().await {
            let piece = piece?;
            if content.len() + piece.len() > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }

    /// Reads to the end and drops the content; returns the number of bytes.
    ///
    /// # Errors
    /// The peer hung up, or broke the protocol.
    pub async fn discard(mut self) -> io::Result<u64> {
        let mut length = 0;
        while let Some(piece) = self.chunk().await {
            length += piece?.len() as u64;
        }
        Ok(length)
    }

    /// The length, if it is known in advance.
    pub fn length(&self) -> Option<u64> {
        self.length.or_else(|| http_body::Body::size_hint(&self.inner).exact())
    }

    /// A counter of the bytes transferred so far.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        self.transferred.clone()
    }

    fn count_transferred(&self, length: usize) {
        self.transferred.fetch_add(length as u64, Ordering::Relaxed);
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
        {
            self.count_transferred(bytes.len());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let transferred = self.transferred.load(Ordering::Relaxed);
        self.length.map_or_else(
            || self.inner.size_hint(),
            |length| SizeHint::with_exact(length.saturating_sub(transferred)),
        )
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(content: Bytes) -> Self {
        Self::wrap(Full::new(content).map_err(|never| match never {}))
    }
}

impl From<Vec<u8>> for Body {
    fn from(content: Vec<u8>) -> Self {
        Bytes::from(content).into()
    }
}

impl From<String> for Body {
    fn from(content: String) -> Self {
        Bytes::from(content).into()
    }
}

impl From<&'static str> for Body {
    fn from(content: &'static str) -> Self {
        Bytes::from_static(content.as_bytes()).into()
    }
}
