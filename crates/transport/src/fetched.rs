use std::time::SystemTime;

use bytes::Bytes;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{HttpError, RedactedUrl, requested_wait::requested_wait};

/// A whole response.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub(crate) method: Method,
    /// Where the response came from, after redirects.
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

    /// The response as an error: it is not of the format expected.
    #[must_use]
    pub fn garbage(&self, reason: impl Into<String>) -> HttpError {
        let (method, url) = (self.method.clone(), RedactedUrl::from(&self.url));
        HttpError::Garbage { method, url, reason: reason.into() }
    }

    /// This response when its status is 2xx, else [`HttpError::Status`].
    ///
    /// # Errors
    /// [`HttpError::Status`] with the server's own words.
    pub fn expect_success(self) -> Result<Self, HttpError> {
        if self.status.is_success() { Ok(self) } else { Err(self.into_error()) }
    }

    /// This response as [`HttpError::Status`], whatever its status is.
    #[must_use]
    pub fn into_error(self) -> HttpError {
        let message = self.reason.clone().unwrap_or_else(|| beginning(&self.body));
        HttpError::Status {
            retry_after: requested_wait(&self.headers, SystemTime::now()),
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
