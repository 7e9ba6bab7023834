//! The requests that a server received, for tests that count them or check their order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::service::Request;
use crate::sync::lock;

/// A request as it arrived, and the status of its response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path_and_query: String,
    /// The headers; credentials are reduced to their scheme, as in `Bearer <redacted>`.
    pub headers: HeaderMap,
    /// The status of the response; `None` until it is sent, and when a fault cut the connection.
    pub status: Option<StatusCode>,
    /// The number of bytes of the body that were read.
    pub body_bytes: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct RequestLog(Arc<Mutex<Vec<Arc<LogEntry>>>>);

#[derive(Debug)]
pub(super) struct LogEntry {
    request: LoggedRequest,
    status: Mutex<Option<StatusCode>>,
    body_bytes: Arc<AtomicU64>,
}

impl RequestLog {
    pub(super) fn record(&self, request: &Request) -> Arc<LogEntry> {
        let entry = Arc::new(LogEntry {
            request: LoggedRequest {
                method: request.method().clone(),
                path_and_query: request.uri().to_string(),
                headers: redact_credentials(request.headers()),
                status: None,
                body_bytes: 0,
            },
            status: Mutex::new(None),
            body_bytes: request.body().counter(),
        });
        lock(&self.0).push(entry.clone());
        entry
    }

    pub(super) fn entries(&self) -> Vec<LoggedRequest> {
        lock(&self.0).iter().map(|entry| entry.to_logged_request()).collect()
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}

impl LogEntry {
    pub(super) fn set_status(&self, status: StatusCode) {
        *lock(&self.status) = Some(status);
    }

    fn to_logged_request(&self) -> LoggedRequest {
        LoggedRequest {
            status: *lock(&self.status),
            body_bytes: self.body_bytes.load(Ordering::Relaxed),
            ..self.request.clone()
        }
    }
}

fn redact_credentials(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION] {
        if let Some(value) = kept.get_mut(&name) {
            *value = redacted_value(value);
        }
    }
    kept.remove(header::COOKIE);
    kept
}

fn redacted_value(credentials: &HeaderValue) -> HeaderValue {
    let text = credentials.to_str().unwrap_or_default();
    let scheme = text.split_once(' ').map_or("", |(scheme, _)| scheme);
    HeaderValue::from_str(format!("{scheme} <redacted>").trim_start())
        .unwrap_or(HeaderValue::from_static("<redacted>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_scheme_but_never_the_credentials() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Basic c2VjcmV0".parse().unwrap());
        headers.insert(header::COOKIE, "session=secret".parse().unwrap());
        headers.insert(header::ACCEPT, "text/plain".parse().unwrap());
        let kept = redact_credentials(&headers);
        assert_eq!(kept[header::AUTHORIZATION], "Basic <redacted>");
        assert_eq!(kept[header::ACCEPT], "text/plain");
        assert!(!kept.contains_key(header::COOKIE));
    }

    #[test]
    fn redacts_credentials_without_a_scheme_as_a_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "secret".parse().unwrap());
        let kept = redact_credentials(&headers);
        assert_eq!(kept[header::AUTHORIZATION], "<redacted>");
    }
}
