//! The answers of a server that misbehaves.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body::{Frame, SizeHint};

use crate::server::reply;
use crate::server::{Body, Control, Response};

/// More than any answer of the embedded servers that does not know its length.
const COLLECT_LIMIT: usize = 64 * 1024 * 1024;

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut by a fault")]
pub(crate) struct Cut;

pub(crate) fn status(code: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = reply::with_body(code, body);
    *response.headers_mut() = headers;
    response
}

/// Neither JSON nor HTML nor UTF-8.
pub(crate) fn garbage() -> Response {
    let nonsense = b"\x00\xff\xfe{[<nonsense\x1b\xc3\x28".repeat(8);
    reply::with_body(StatusCode::OK, nonsense)
}

/// Promises the whole body, and lets only half of it out.
pub(crate) async fn truncated(response: Response, control: Control) -> Response {
    let (mut head, body) = response.into_parts();
    let (body, length) = match body.length() {
        Some(length) => (body, length),
        None => collected(body).await,
    };
    if length == 0 {
        return Response::from_parts(head, body);
    }
    head.headers.insert(header::CONTENT_LENGTH, length.into());
    let half = Truncated { body, promised: length, left: length / 2, flushes: None, control };
    Response::from_parts(head, Body::wrap(half))
}

async fn collected(body: Body) -> (Body, u64) {
    let content = body.bytes(COLLECT_LIMIT).await.unwrap_or_default();
    let length = content.len() as u64;
    (content.into(), length)
}

/// Breaks off only after its half has left the process, so that the cut is always at one place.
struct Truncated {
    body: Body,
    promised: u64,
    left: u64,
    flushes: Option<u64>,
    control: Control,
}

impl Truncated {
    fn break_off(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let now = self.control.flushes();
        if now > *self.flushes.get_or_insert(now) {
            return Poll::Ready(Some(Err(io::Error::other(Cut))));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl http_body::Body for Truncated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return self.break_off(context);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let Poll::Ready(Some(Ok(frame))) = polled else {
            return polled;
        };
        let mut piece = frame.into_data().unwrap_or_default();
        piece.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
