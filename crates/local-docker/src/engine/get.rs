//! GET requests whose answers are read by this crate's own structs. Those of
//! the client library are strict, and some hold only what one version of the
//! API answers: its `df` finds nothing at all on an engine before 29.

use std::{future, time::Duration};

use bollard::BollardRequest;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::{Engine, connect::with_path};
use crate::EngineError;

/// How long an engine may take for a whole answer. A list of thousands of
/// images takes it seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How often a question is asked whose answer falls apart, and the pause between.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Questions under way at once when there are many: more are no faster.
const AT_ONCE: usize = 8;

/// What stands for itself in a path or a query (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Engine {
    /// Answers to GET `path`, which begins with `/` and may have a query.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, EngineError> {
        self.get_within(TIMEOUT, path, doing).await
    }

    /// Like [`Engine::get`]; `None` when the engine does not know the thing.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<Option<T>, EngineError> {
        match self.get(path, doing).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Like [`Engine::get`], for answers that take the engine longer.
    pub(crate) async fn get_within<T: DeserializeOwned>(
        &self,
        limit: Duration,
        path: &str,
        doing: &str,
    ) -> Result<T, EngineError> {
        let answer = tokio::time::timeout(limit, self.get_whole(path, doing)).await;
        let answer = answer.map_err(|_| EngineError::NoAnswer { doing: doing.to_owned() })??;
        serde_json::from_slice(&answer).map_err(|error| EngineError::InvalidResponse {
            doing: doing.to_owned(),
            source: error.into(),
        })
    }

    /// Asks again while the engine is busy with the same question, and a few
    /// times while others change what is being told.
    async fn get_whole(&self, path: &str, doing: &str) -> Result<Vec<u8>, EngineError> {
        let mut tries = 1;
        loop {
            match self.get_bytes(path, doing).await {
                Err(error) if is_at_it(&error) => {}
                Err(error) if tries < TRIES && is_half_gone(path, &error) => tries += 1,
                answer => return answer,
            }
            sleep(PAUSE).await;
        }
    }

    /// The client library has no call for any path: one whose answer is bytes
    /// is sent elsewhere.
    async fn get_bytes(&self, path: &str, doing: &str) -> Result<Vec<u8>, EngineError> {
        let path = format!("/v{}{path}", self.api);
        let elsewhere = move |request| with_target(request, &path);
        let client = self.patient_client().with_request_modifier(elsewhere);
        let parts = client.export_image("any").map_err(self.failed(doing));
        parts
            .try_fold(Vec::new(), |mut answer, part| {
                answer.extend_from_slice(&part);
                future::ready(Ok(answer))
            })
            .await
    }
}

/// Asks about many things, a few at a time. The answers come in the order of
/// the questions; what is gone is left out.
pub(crate) async fn about_all<K, T, F>(
    things: Vec<K>,
    ask: impl Fn(K) -> F,
) -> Result<Vec<T>, EngineError>
where
    F: Future<Output = Result<Option<T>, EngineError>>,
{
    let answers = stream::iter(things).map(ask).buffered(AT_ONCE);
    answers.try_filter_map(|found| future::ready(Ok(found))).try_collect().await
}

/// The containerd store also answers 404 when a part of a thing is missing,
/// and then the thing is not gone: `snapshot … does not exist: not found`.
fn is_absent(error: &EngineError) -> bool {
    let EngineError::Refused { status: Some(404), message, .. } = error else { return false };
    let message = message.to_lowercase();
    message.contains("no such ") || message.starts_with("network ")
}

/// What an engine before 23 says to the second of two callers who ask for disk
/// usage, with status 500.
fn is_at_it(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { message, .. } if message.contains("already running"))
}

/// The containerd store tells images one after the other, and fails as a whole
/// when one of them goes meanwhile: `content digest sha256:…: not found`
/// (Engine 26). An image that lacks this part for good is told so in the end.
fn is_half_gone(path: &str, error: &EngineError) -> bool {
    let EngineError::Refused { status: Some(404 | 500), message, .. } = error else { return false };
    let list = path.starts_with("/images/json") || path.starts_with("/system/df");
    message.ends_with(": not found") && (list || message.contains("content digest"))
}

fn with_target(request: BollardRequest, path: &str) -> BollardRequest {
    let (mut head, body) = request.into_parts();
    head.uri = with_path(head.uri, path);
    http::Request::from_parts(head, body)
}

/// A name as one segment of a path.
pub(crate) fn segment(name: &str) -> String {
    utf8_percent_encode(name, UNRESERVED).to_string()
}

/// A query's `filters=` for this label (`name` or `name=value`), or nothing.
pub(crate) fn filter(label: Option<&str>) -> String {
    let Some(label) = label else { return String::new() };
    let filters = serde_json::json!({ "label": [label] }).to_string();
    format!("filters={}", segment(&filters))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[tokio::test]
    async fn many_things_are_asked_about_a_few_at_a_time_and_told_in_order() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = async |thing: usize| {
            most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            // The later, the sooner.
            tokio::time::sleep(Duration::from_millis(30 - thing as u64)).await;
            now.fetch_sub(1, SeqCst);
            Ok((thing != 7).then_some(thing))
        };
        let told = about_all((0..30).collect(), ask).await.unwrap();
        assert_eq!(told, (0..30).filter(|thing| *thing != 7).collect::<Vec<_>>());
        assert_eq!(most.into_inner(), AT_ONCE);
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(segment("a/../b?c d"), "a%2F..%2Fb%3Fc%20d");
        assert_eq!(segment("exp1_back.x-y"), "exp1_back.x-y");
    }

    #[test]
    fn what_lacks_a_part_is_not_gone() {
        let says = |status, message: &str| {
            let (doing, message) = (String::new(), message.to_owned());
            is_absent(&EngineError::Refused { doing, status: Some(status), message })
        };
        assert!(says(404, "No such container: 0123"));
        assert!(says(404, "no such image: a:1: No such image: a:1"));
        assert!(says(404, "network back not found"));
        assert!(!says(404, "snapshot sha256:00 does not exist: not found"));
        assert!(!says(404, "page not found"));
        assert!(!says(500, "No such container: 0123"));
    }

    #[test]
    fn what_goes_while_it_is_told_is_asked_for_again() {
        let says = |status, message: &str| {
            let (doing, message) = (String::new(), message.to_owned());
            let error = EngineError::Refused { doing, status: Some(status), message };
            is_half_gone("/images/a/history", &error)
        };
        assert!(says(404, "failed to retrieve image list: content digest sha256:6d: not found"));
        assert!(says(500, "content digest sha256:6d: not found"));
        assert!(!says(404, "No such image: a:1"));
        assert!(!says(404, "snapshot sha256:00 does not exist: not found"));
    }

    #[test]
    fn a_label_is_filtered_by_the_engine() {
        assert_eq!(filter(None), "");
        assert_eq!(filter(Some("a=b")), "filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D");
    }
}
