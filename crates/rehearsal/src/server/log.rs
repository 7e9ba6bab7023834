//! What was asked of a server, for tests that count or order requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::Request;

/// One request as it arrived, and the status it got.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path_and_query: String,
    /// The headers; of credentials only the scheme is kept, as in `Bearer <redacted>`.
    pub headers: HeaderMap,
    /// The status sent; `None` while unanswered, and for good when a fault cut the connection.
    pub status: Option<StatusCode>,
    /// How many bytes of the body were read.
    pub body_bytes: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct RequestLog(Arc<Mutex<Vec<Arc<Entry>>>>);

#[derive(Debug)]
pub(crate) struct Entry {
    request: LoggedRequest,
    status: Mutex<Option<StatusCode>>,
    body_bytes: Arc<AtomicU64>,
}

impl RequestLog {
    pub(crate) fn arrived(&self, request: &Request) -> Arc<Entry> {
        let entry = Arc::new(Entry {
            request: LoggedRequest {
                method: request.method().clone(),
                path_and_query: request.uri().to_string(),
                headers: without_credentials(request.headers()),
                status: None,
                body_bytes: 0,
            },
            status: Mutex::new(None),
            body_bytes: request.body().counter(),
        });
        lock(&self.0).push(entry.clone());
        entry
    }

    pub(crate) fn entries(&self) -> Vec<LoggedRequest> {
        lock(&self.0).iter().map(|entry| entry.snapshot()).collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}

impl Entry {
    pub(crate) fn answered(&self, status: StatusCode) {
        *lock(&self.status) = Some(status);
    }

    fn snapshot(&self) -> LoggedRequest {
        LoggedRequest {
            status: *lock(&self.status),
            body_bytes: self.body_bytes.load(Ordering::Relaxed),
            ..self.request.clone()
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn without_credentials(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION] {
        if let Some(value) = kept.get_mut(&name) {
            *value = scheme_only(value);
        }
    }
    kept.remove(header::COOKIE);
    kept
}

fn scheme_only(credentials: &HeaderValue) -> HeaderValue {
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
        let kept = without_credentials(&headers);
        assert_eq!(kept[header::AUTHORIZATION], "Basic <redacted>");
        assert_eq!(kept[header::ACCEPT], "text/plain");
        assert!(!kept.contains_key(header::COOKIE));
    }

    #[test]
    fn keeps_nothing_of_credentials_without_a_scheme() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "secret".parse().unwrap());
        let kept = without_credentials(&headers);
        assert_eq!(kept[header::AUTHORIZATION], "<redacted>");
    }
}
