//! GET requests whose responses are read by this crate's own structs. Those of
//! the client library are strict, and some hold only what one version of the
//! API returns: its `df` finds nothing at all on an engine before 29.

use std::{future, time::Duration};

use bollard::BollardRequest;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, uri_with_path};
use crate::error::EngineError;

/// How long an engine may take for a whole response. A list of thousands of
/// images takes it seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How often a request is made whose response falls apart, and the pause between.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Concurrent requests when there are many: more are no faster.
const CONCURRENCY: usize = 8;

/// Characters that need no escape in a path or a query (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Connection {
    /// The response to GET `path`, which begins with `/` and may have a query.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, EngineError> {
        self.get_within(TIMEOUT, path, doing).await
    }

    /// Like [`Connection::get`]; `None` when the engine has no such object.
    pub(crate) async fn get_optional<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<Option<T>, EngineError> {
        match self.get(path, doing).await {
            Ok(response) => Ok(Some(response)),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Like [`Connection::get`], for responses that take the engine longer.
    pub(crate) async fn get_within<T: DeserializeOwned>(
        &self,
        limit: Duration,
        path: &str,
        doing: &str,
    ) -> Result<T, EngineError> {
        let response = timeout(limit, self.get_bytes_with_retries(path, doing)).await;
        decode(response.map_err(|_| EngineError::NoAnswer { doing: doing.to_owned() })??, doing)
    }

    /// Like [`Connection::get`], without retries.
    pub(crate) async fn get_once<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, EngineError> {
        let response = timeout(TIMEOUT, self.get_bytes(path, doing)).await;
        decode(response.map_err(|_| EngineError::NoAnswer { doing: doing.to_owned() })??, doing)
    }

    /// Repeats the request while the engine is busy with the same one, and a few
    /// times while others change what it lists, or when its answer is lost.
    async fn get_bytes_with_retries(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<Vec<u8>, EngineError> {
        let mut attempt = 1;
        loop {
            match self.get_bytes(path, doing).await {
                Err(error) if is_busy(&error) => {}
                Err(EngineError::ConnectionLost { .. }) if attempt < ATTEMPTS => attempt += 1,
                Err(error) if attempt < ATTEMPTS && is_incomplete(path, &error) => attempt += 1,
                response => return response,
            }
            sleep(PAUSE).await;
        }
    }

    /// The client library has no call for arbitrary paths, so the target of one
    /// whose response is bytes is replaced.
    async fn get_bytes(&self, path: &str, doing: &str) -> Result<Vec<u8>, EngineError> {
        let path = format!("/v{}{path}", self.api_version());
        let client =
            self.patient_client().with_request_modifier(move |request| with_target(request, &path));
        let parts = client.export_image("any").map_err(self.error_while(doing));
        parts
            .try_fold(Vec::new(), |mut response, part| {
                response.extend_from_slice(&part);
                future::ready(Ok(response))
            })
            .await
    }
}

fn decode<T: DeserializeOwned>(response: Vec<u8>, doing: &str) -> Result<T, EngineError> {
    serde_json::from_slice(&response).map_err(|error| EngineError::InvalidResponse {
        doing: doing.to_owned(),
        source: error.into(),
    })
}

/// Fetches something for each key, a few at a time. The results come in the
/// order of the keys; what does not exist is left out.
pub(crate) async fn fetch_all<K, T, F>(
    keys: Vec<K>,
    fetch: impl Fn(K) -> F,
) -> Result<Vec<T>, EngineError>
where
    F: Future<Output = Result<Option<T>, EngineError>>,
{
    let results = stream::iter(keys).map(fetch).buffered(CONCURRENCY);
    results.try_filter_map(|found| future::ready(Ok(found))).try_collect().await
}

/// The containerd store also answers 404 when a part of an object is missing,
/// and then the object still exists: `snapshot … does not exist: not found`.
fn is_not_found(error: &EngineError) -> bool {
    let EngineError::Refused { status: Some(404), message, .. } = error else { return false };
    let message = message.to_lowercase();
    message.contains("no such ") || message.starts_with("network ")
}

/// The reply of an engine before 23 to the second of two clients that request
/// disk usage, with status 500.
fn is_busy(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { message, .. } if message.contains("already running"))
}

/// The containerd store reads images one after the other, and fails as a whole
/// when one of them is removed meanwhile: `content digest sha256:…: not found`
/// (Engine 26). For an image that lacks this part for good the error remains. Disk
/// usage fails likewise when a container is removed, such as those of a classic build:
/// `rw layer snapshot not found for container …`.
fn is_incomplete(path: &str, error: &EngineError) -> bool {
    let EngineError::Refused { status: Some(404 | 500), message, .. } = error else { return false };
    let usage = path.starts_with("/system/df");
    let list = usage || path.starts_with("/images/json");
    let lost_part = message.ends_with(": not found");
    lost_part && (list || message.contains("content digest"))
        || usage && message.contains("snapshot not found for container")
}

fn with_target(request: BollardRequest, path: &str) -> BollardRequest {
    let (mut head, body) = request.into_parts();
    head.uri = uri_with_path(head.uri, path);
    http::Request::from_parts(head, body)
}

/// A name as one segment of a path.
pub(crate) fn path_segment(name: &str) -> String {
    utf8_percent_encode(name, UNRESERVED).to_string()
}

/// A query's `filters=` for this label (`name` or `name=value`), or nothing.
pub(crate) fn label_filter(label: Option<&str>) -> String {
    let Some(label) = label else { return String::new() };
    let filters = serde_json::json!({ "label": [label] }).to_string();
    format!("filters={}", path_segment(&filters))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    fn refused(status: u16, message: &str) -> EngineError {
        let (doing, message) = (String::new(), message.to_owned());
        EngineError::Refused { doing, status: Some(status), message }
    }

    #[tokio::test]
    async fn many_keys_are_fetched_a_few_at_a_time_and_in_order() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let fetch = async |key: usize| {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            // The later, the sooner.
            sleep(Duration::from_millis(30 - key as u64)).await;
            running.fetch_sub(1, SeqCst);
            Ok((key != 7).then_some(key))
        };
        let fetched = fetch_all((0..30).collect(), fetch).await.unwrap();
        assert_eq!(fetched, (0..30).filter(|key| *key != 7).collect::<Vec<_>>());
        assert_eq!(most.into_inner(), CONCURRENCY);
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(path_segment("a/../b?c d"), "a%2F..%2Fb%3Fc%20d");
        assert_eq!(path_segment("exp1_back.x-y"), "exp1_back.x-y");
    }

    #[test]
    fn an_object_that_lacks_a_part_still_exists() {
        assert!(is_not_found(&refused(404, "No such container: 0123")));
        assert!(is_not_found(&refused(404, "no such image: a:1: No such image: a:1")));
        assert!(is_not_found(&refused(404, "network back not found")));
        assert!(!is_not_found(&refused(404, "snapshot sha256:00 does not exist: not found")));
        assert!(!is_not_found(&refused(404, "page not found")));
        assert!(!is_not_found(&refused(500, "No such container: 0123")));
    }

    #[test]
    fn a_response_that_loses_a_part_is_requested_again() {
        for (status, message, expected) in [
            (404, "failed to retrieve image list: content digest sha256:6d: not found", true),
            (500, "content digest sha256:6d: not found", true),
            (404, "No such image: a:1", false),
            (404, "snapshot sha256:00 does not exist: not found", false),
        ] {
            let error = refused(status, message);
            assert_eq!(is_incomplete("/images/a/history", &error), expected, "{message}");
        }
        let message =
            "failed to retrieve container list: rw layer snapshot not found for container 2a";
        assert!(is_incomplete("/system/df", &refused(500, message)));
        assert!(!is_incomplete("/images/a/history", &refused(500, message)));
    }

    #[test]
    fn a_label_is_filtered_by_the_engine() {
        assert_eq!(label_filter(None), "");
        assert_eq!(label_filter(Some("a=b")), "filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D");
    }
}
