use bytes::Bytes;
use hyper::ext::ReasonPhrase;
use reqwest::{Method, StatusCode, header::HeaderMap};
use url::Url;

use crate::{Authorization, Fetched, HttpError, RedactedUrl, Request, root_cause::root_cause};

/// Longest silence in the middle of a body.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// A response whose body is still to be read, piece by piece.
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

    /// Where the response came from, after redirects.
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
            Ok(Err(error)) => Err(HttpError::Interrupted {
                method,
                url,
                reason: root_cause(&error.without_url()),
            }),
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
            reason: reason_of(&self.inner).map(|reason| self.without_credentials(&reason)),
            headers: self.inner.headers().clone(),
            body: self.redact_body(body),
            method: self.method,
        })
    }

    fn without_credentials(&self, text: &str) -> String {
        let authorization = self.authorization.as_ref();
        authorization.map_or_else(|| text.to_owned(), |sent| sent.redact(text))
    }

    /// The body as it is, when the request succeeded; else it may end in an
    /// error's text.
    fn redact_body(&self, body: Vec<u8>) -> Bytes {
        match std::str::from_utf8(&body) {
            Ok(text) if !self.status().is_success() => self.without_credentials(text).into(),
            _ => body.into(),
        }
    }
}

/// The reason phrase, when it says more than the standard one (Python indexes
/// put their message there).
fn reason_of(response: &reqwest::Response) -> Option<String> {
    let phrase = response.extensions().get::<ReasonPhrase>()?;
    Some(String::from_utf8_lossy(phrase.as_bytes()).into_owned())
}
