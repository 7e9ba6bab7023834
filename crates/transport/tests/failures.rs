//! Servers that cannot be reached or do not respond: one sentence, down to the cause.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{error::Error as _, net::TcpListener, time::Duration};

use transport::{Body, HttpClient, HttpError, Request, RetryPolicy, Url};

async fn failure(request: &Request) -> HttpError {
    let client = HttpClient::new("tidegate-test/1").unwrap().with_retry(RetryPolicy::never());
    let error = client.fetch(request, 10).await.unwrap_err();
    assert!(error.source().is_none(), "{error:?}");
    error
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_one_sentence() {
    let error = failure(&Request::get(url("https://nonexistent.invalid/simple/?sig=canary"))).await;
    let text = error.to_string();
    let expected = "cannot connect to nonexistent.invalid: failed to lookup address information: ";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(text.matches(": ").count(), 2, "{text}");
}

#[tokio::test]
async fn a_refused_connection_is_one_sentence_and_not_ambiguous() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&Request::get(url(&format!("http://{free}/")))).await;
    assert!(matches!(error, HttpError::Connect { .. }) && !error.is_ambiguous(), "{error}");
    let expected = format!("cannot connect to {free}: Connection refused (os error 111)");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn silence_ends_after_the_patience_of_the_request() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let request = Request::post(url(&format!("http://{address}/")), Body::Empty);
    let error = failure(&request.patience(Duration::from_millis(100))).await;
    assert!(matches!(error, HttpError::TimedOut { .. }), "{error}");
    assert_eq!(error.to_string(), format!("no response from {address} within 100 ms"));
}

#[tokio::test]
async fn a_closed_connection_is_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url(&format!("http://{}/a?sig=canary", listener.local_addr().unwrap()));
    std::thread::spawn(move || drop(listener.accept()));
    let error = failure(&Request::get(url.clone())).await;
    assert!(matches!(error, HttpError::Interrupted { .. }), "{error}");
    let (text, origin) = (error.to_string(), url.origin().ascii_serialization());
    let expected = format!("GET {origin}/a?…: the connection broke before the whole response came");
    assert!(text.starts_with(&expected), "{text}");
}
