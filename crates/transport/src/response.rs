use bytes::Bytes;
use hyper::ext::ReasonPhrase;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{Authorization, HttpError, RedactedUrl, Request};

/// Longest silence in the middle of a body.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// An answer whose body is still to be read, piece by piece.
#[derive(Debug)]
pub struct Response {
    method: Method,
    inner: reqwest::Response,
    /// What the request was sent with: no error repeats it.
    authorization: Option<Authorization>,
}

impl Response {
    pub(crate) fn new(request: &Request, inner: reqwest::Response) -> Self {
        let authorization = request.authorization.clone();
        Self { method: request.method.clone(), inner, authorization }
    }

    /// Status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Where the answer came from, after redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.inner.url()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// [`HttpError::Interrupted`] when the body breaks off, [`HttpError::TimedOut`]
    /// when nothing comes for a minute.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let (method, url) = (self.method.clone(), RedactedUrl::from(self.inner.url()));
        match tokio::time::timeout(SILENCE, self.inner.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(source)) => {
                Err(HttpError::Interrupted { method, url, source: without_url(source) })
            }
            Err(_) => Err(HttpError::TimedOut { method, url, waited: SILENCE }),
        }
    }

    /// The whole body, if it is not longer than `limit` bytes.
    ///
    /// # Errors
    /// As [`Response::chunk`], and [`HttpError::TooLong`].
    pub async fn collect(mut self, limit: usize) -> Result<Fetched, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > limit {
                let (method, url) = (self.method, RedactedUrl::from(self.inner.url()));
                return Err(HttpError::TooLong { method, url, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched {
            url: self.inner.url().clone(),
            status: self.inner.status(),
            reason: reason_of(&self.inner).map(|reason| self.discreet(&reason)),
            headers: self.inner.headers().clone(),
            body: self.discreet_body(body),
            method: self.method,
        })
    }

    fn discreet(&self, text: &str) -> String {
        let authorization = self.authorization.as_ref();
        authorization.map_or_else(|| text.to_owned(), |sent| sent.taken_out_of(text))
    }

    /// The body as it is, when the request succeeded; else it may end in an
    /// error's text.
    fn discreet_body(&self, body: Vec<u8>) -> Bytes {
        match std::str::from_utf8(&body) {
            Ok(text) if !self.status().is_success() => self.discreet(text).into(),
            _ => body.into(),
        }
    }
}

/// reqwest's texts repeat the URL, query included.
pub(crate) fn without_url(error: reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
    error.without_url().into()
}

/// The reason phrase, when it says more than the standard one (Python indexes
/// put their message there).
fn reason_of(response: &reqwest::Response) -> Option<String> {
    let phrase = response.extensions().get::<ReasonPhrase>()?;
    Some(String::from_utf8_lossy(phrase.as_bytes()).into_owned())
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Fetched {
    method: Method,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// Status code.
    pub status: StatusCode,
    /// A reason phrase that is not the standard one of the status.
    pub reason: Option<String>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Fetched {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// [`HttpError::Garbage`] when it is not the JSON expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| self.garbage(error.to_string()))
    }

    /// The answer as an error: it is not of the format expected.
    #[must_use]
    pub fn garbage(&self, reason: impl Into<String>) -> HttpError {
        let (method, url) = (self.method.clone(), RedactedUrl::from(&self.url));
        HttpError::Garbage { method, url, reason: reason.into() }
    }

    /// This answer when its status is 2xx, else [`HttpError::Status`].
    ///
    /// # Errors
    /// [`HttpError::Status`] with the server's own words.
    pub fn expect_success(self) -> Result<Self, HttpError> {
        if self.status.is_success() { Ok(self) } else { Err(self.into_error()) }
    }

    /// This answer as [`HttpError::Status`], whatever its status is.
    #[must_use]
    pub fn into_error(self) -> HttpError {
        let message = self.reason.clone().unwrap_or_else(|| beginning(&self.body));
        HttpError::Status {
            retry_after: crate::retry::asked_wait(&self.headers, std::time::SystemTime::now()),
            method: self.method,
            url: RedactedUrl::from(&self.url),
            status: self.status,
            message,
            body: self.body.slice(..self.body.len().min(64 << 10)),
        }
    }
}

/// The first words of a text body on one line; nothing of an HTML page.
fn beginning(body: &[u8]) -> String {
    const LENGTH: usize = 300;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * LENGTH)]);
    if text.trim_start().starts_with('<') || text.contains('\u{fffd}') {
        return String::new();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LENGTH).collect()
}
