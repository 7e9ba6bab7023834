//! `transport` in the place of the client that `object_store` would bring: one HTTP
//! client, with its retries and its roots of trust, and errors that show no secret.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use object_store::{
    ClientOptions,
    client::{
        HttpClient as StorageClient, HttpConnector, HttpError as StorageError, HttpErrorKind,
        HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    },
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use transport::{HttpClient, HttpError, Request, Response, Url};

/// Pieces of a response that wait for their reader.
const WAITING: usize = 4;

/// How long a part of a file may take to be sent and accepted.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(600);

/// Gives `object_store` the client.
#[derive(Debug)]
pub(crate) struct Connector(pub(crate) HttpClient);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<StorageClient> {
        Ok(StorageClient::new(Service(self.0.clone())))
    }
}

#[derive(Debug)]
struct Service(HttpClient);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, StorageError> {
        match self.0.open(&to_request(request).await?).await {
            Ok(response) => Ok(streamed(response)),
            Err(HttpError::Status { status, body, .. }) => Ok(short(status, body)),
            Err(error @ HttpError::RateLimited { .. }) => {
                let status = error.status().unwrap_or_default();
                Ok(short(status, Bytes::from(error.to_string())))
            }
            Err(error) => Err(storage_error(error)),
        }
    }
}

async fn to_request(request: HttpRequest) -> Result<Request, StorageError> {
    let (parts, body) = request.into_parts();
    let url: Url = parts
        .uri
        .to_string()
        .parse()
        .map_err(|error: url::ParseError| StorageError::new(HttpErrorKind::Unknown, error))?;
    let body = body.collect().await?.to_bytes();
    let mut request = Request::new(parts.method, url).without_redirects().patience(PATIENCE);
    request.headers = parts.headers;
    if !body.is_empty() {
        request = request.body(body);
    }
    Ok(request)
}

fn storage_error(error: HttpError) -> StorageError {
    let kind = match error {
        HttpError::Connect { .. } => HttpErrorKind::Connect,
        HttpError::TimedOut { .. } => HttpErrorKind::Timeout,
        HttpError::Interrupted { .. } => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    StorageError::new(kind, error)
}

fn short(status: http::StatusCode, body: Bytes) -> HttpResponse {
    let mut response = HttpResponse::new(body.into());
    *response.status_mut() = status;
    response
}

/// A response whose body is read as it comes.
fn streamed(response: Response) -> HttpResponse {
    let (status, headers) = (response.status(), response.headers().clone());
    let (sender, pieces) = channel(WAITING);
    tokio::spawn(pass_on(response, sender));
    let mut response = HttpResponse::new(HttpResponseBody::new(Pieces(pieces)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Ends when the body ends or its reader goes away. The end of a whole body is an empty
/// piece: a task that is dropped must not look like it.
async fn pass_on(mut response: Response, sender: Sender<Result<Bytes, StorageError>>) {
    loop {
        let piece = response.chunk().await.map_err(storage_error).transpose();
        let piece = piece.unwrap_or(Ok(Bytes::new()));
        let is_last = piece.as_ref().is_ok_and(Bytes::is_empty) || piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

struct Pieces(Receiver<Result<Bytes, StorageError>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = StorageError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, StorageError>>> {
        self.0.poll_recv(context).map(|piece| match piece {
            Some(Ok(piece)) if piece.is_empty() => None,
            Some(piece) => Some(piece.map(http_body::Frame::data)),
            None => {
                let gone = std::io::Error::other("the program ends");
                Some(Err(StorageError::new(HttpErrorKind::Interrupted, gone)))
            }
        })
    }
}
