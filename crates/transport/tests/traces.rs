//! What a subscriber gets to see: every request, and no secret.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use transport::{Authorization, HttpClient, HttpError, Request, RetryPolicy, Url};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

const CANARY: &str = "canary-7f3a";

/// Keeps events as text, those of all libraries.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Captured {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("transport")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The outcome of a request, and what was traced of it.
async fn traced(request: &Request) -> (Result<u16, HttpError>, Vec<String>) {
    let retry = RetryPolicy {
        attempts: 2,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(1),
    };
    let client = HttpClient::new("tidegate-test/1").unwrap().with_retry(retry);
    let captured = Captured::default();
    let guard = tracing::subscriber::set_default(captured.clone());
    let outcome = client.fetch(request, 1000).await.map(|response| response.status.as_u16());
    drop(guard);
    let lines = std::mem::take(&mut *captured.0.lock().unwrap());
    (outcome, lines)
}

/// Parts of each line in turn.
#[track_caller]
fn assert_lines(lines: &[String], expected: &[&[&str]]) {
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, parts) in lines.iter().zip(expected) {
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?} in {line}");
        assert!(!line.contains(CANARY), "{line}");
    }
}

fn with_secrets_in_the_address(server: &MockServer, path: &str) -> Url {
    let mut url: Url =
        format!("{}{path}?n=5&X-Amz-Signature={CANARY}", server.uri()).parse().unwrap();
    url.set_username("me").unwrap();
    url.set_password(Some(CANARY)).unwrap();
    url
}

#[tokio::test]
async fn a_request_is_traced_with_method_address_status_and_time() {
    let server = MockServer::start().await;
    Mock::given(path("/a")).respond_with(ResponseTemplate::new(201)).mount(&server).await;
    let (_, lines) = traced(&Request::get(with_secrets_in_the_address(&server, "/a"))).await;
    let address = format!("{}/a?n=5&X-Amz-Signature=…", server.uri());
    assert_lines(&lines, &[&["message=request", "method=GET", &address, "status=201", " ms="]]);
}

#[tokio::test]
async fn a_retry_is_traced_with_attempt_wait_and_reason() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503).set_body_string(format!("no {CANARY}"));
    Mock::given(path("/")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    let request = Request::get(server.uri().parse().unwrap());
    let (_, lines) =
        traced(&request.authorization(Some(Authorization::Bearer(CANARY.into())))).await;
    let retry = ["message=retry", "attempt=1", "wait_ms=", "answered 503 Service Unavailable"];
    assert_lines(&lines, &[&["status=503"], &retry, &["status=404", "attempt=2"]]);
}

#[tokio::test]
async fn a_failed_request_is_traced_with_its_reason() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://me:{CANARY}@{free}/").parse().unwrap();
    let (outcome, lines) = traced(&Request::get(url)).await;
    let failed = [" error=cannot connect to 127.0.0.1", "Connection refused"];
    assert_lines(&lines, &[&failed, &["message=retry"], &failed]);
    assert!(outcome.is_err());
}

#[tokio::test]
async fn a_redirect_is_traced_without_the_signature_of_its_address() {
    let server = MockServer::start().await;
    let location = with_secrets_in_the_address(&server, "/b");
    let redirect = ResponseTemplate::new(302).insert_header("location", location.as_str());
    Mock::given(path("/a")).respond_with(redirect).mount(&server).await;
    Mock::given(path("/b")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let url = format!("{}/a", server.uri()).parse().unwrap();
    let (_, lines) = traced(&Request::get(url)).await;
    let redirect = ["message=redirect", "/b?n=5&X-Amz-Signature=…", "status=302"];
    assert_lines(&lines, &[&redirect, &["message=request", "/a", "status=200"]]);
}

#[tokio::test]
async fn credentials_are_traced_in_no_form() {
    let server = MockServer::start().await;
    let basic = Authorization::Basic { user: "me".to_owned(), password: CANARY.into() };
    for authorization in [basic, Authorization::Bearer(CANARY.into())] {
        let url = format!("{}/bot{CANARY}/send", server.uri()).parse().unwrap();
        let request = Request::get(url).authorization(Some(authorization));
        let (_, lines) = traced(&request.header("x-token", CANARY)).await;
        // `canary-7f3a` and `me:canary-7f3a`, as headers carry them.
        assert_lines(&lines, &[&["/bot[redacted]/send"]]);
        assert!(!lines[0].contains("Y2FuYXJ5") && !lines[0].contains("bWU6Y2FuYXJ5"), "{lines:?}");
    }
}
