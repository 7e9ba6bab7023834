//! A response body that announces its full length and breaks off halfway.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header;
use http_body::{Frame, SizeHint};

use super::body::Body;
use super::connection::{ConnectionControl, ConnectionCut};
use super::service::Response;

/// Larger than any response of the embedded servers that does not know its length.
const COLLECT_LIMIT: usize = 64 * 1024 * 1024;

/// Announces the whole body of `response`, and sends only half of it.
pub(super) async fn truncate(response: Response, control: ConnectionControl) -> Response {
    let (mut head, body) = response.into_parts();
    let (body, length) = match body.length() {
        Some(length) => (body, length),
        None => collect(body).await,
    };
    if length == 0 {
        return Response::from_parts(head, body);
    }
    head.headers.insert(header::CONTENT_LENGTH, length.into());
    let half = TruncatedBody {
        body,
        announced: length,
        remaining: length / 2,
        flushes_at_end: None,
        control,
    };
    Response::from_parts(head, Body::wrap(half))
}

async fn collect(body: Body) -> (Body, u64) {
    let content = body.bytes(COLLECT_LIMIT).await.unwrap_or_default();
    let length = content.len() as u64;
    (content.into(), length)
}

/// Breaks off only after its half has left the process, so that the cut is always at one place.
struct TruncatedBody {
    body: Body,
    announced: u64,
    remaining: u64,
    flushes_at_end: Option<u64>,
    control: ConnectionControl,
}

impl TruncatedBody {
    fn break_off(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let flushes = self.control.flushes();
        if flushes > *self.flushes_at_end.get_or_insert(flushes) {
            return Poll::Ready(Some(Err(io::Error::other(ConnectionCut))));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl http_body::Body for TruncatedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.remaining == 0 {
            return self.break_off(context);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let Poll::Ready(Some(Ok(frame))) = polled else {
            return polled;
        };
        let mut piece = frame.into_data().unwrap_or_default();
        piece.truncate(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        self.remaining -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
