//! Requests against a scripted server on loopback.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use transport::{
    Authorization, Body, FilePart, HttpClient, HttpError, Multipart, Request, RetryPolicy,
};
use url::Url;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

fn client() -> HttpClient {
    let retry = RetryPolicy {
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(2),
    };
    HttpClient::new("tidegate-test/1").unwrap().with_retry(retry)
}

fn at(server: &MockServer, path: &str) -> Url {
    format!("{}{path}", server.uri()).parse().unwrap()
}

/// Answers each connection with the next text, byte for byte, then closes it.
fn raw_server(answers: &[&str]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut socket, _) = listener.accept().unwrap();
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    url
}

#[tokio::test]
async fn a_passing_503_is_repeated_for_get_and_not_for_post() {
    let server = MockServer::start().await;
    Mock::given(path("/"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    assert!(client().fetch_ok(&Request::get(at(&server, "/")), 10).await.is_ok());

    server.reset().await;
    Mock::given(path("/")).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
    let error =
        client().fetch(&Request::post(at(&server, "/"), Body::Empty), 10).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn a_refusal_for_now_is_repeated_for_post_after_the_wait_asked_for() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(201)).mount(&server).await;
    let begin = std::time::Instant::now();
    client().fetch_ok(&Request::post(at(&server, "/"), Body::Empty), 10).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_longer_than_allowed_is_an_error_and_not_waited_for() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    Mock::given(method("GET")).respond_with(busy).expect(1).mount(&server).await;
    let error = client().fetch(&Request::get(at(&server, "/")), 10).await.unwrap_err();
    assert!(error.to_string().ends_with("the server asks to wait 3600 s"), "{error}");
}

#[tokio::test]
async fn an_absurd_or_unreadable_wait_is_an_error_and_not_waited_for() {
    for (status, name, value) in [
        (429, "x-retry-after", "18446744073709551615"),
        (429, "retry-after", "18446744073709551615"),
        (503, "retry-after", "soon"),
    ] {
        let server = MockServer::start().await;
        let busy = ResponseTemplate::new(status).insert_header(name, value);
        Mock::given(method("GET")).respond_with(busy).expect(1).mount(&server).await;
        let error = client().fetch(&Request::get(at(&server, "/")), 10).await.unwrap_err();
        let expected = "the server asks to wait longer than we wait";
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn a_truncated_body_is_fetched_again() {
    let url = raw_server(&[
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull",
    ]);
    assert_eq!(client().fetch(&Request::get(url), 100).await.unwrap().body, "full");
}

#[tokio::test]
async fn a_lost_response_to_a_post_is_ambiguous_and_not_sent_again() {
    let url = raw_server(&["", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"]);
    let error = client().fetch(&Request::post(url, Body::Empty), 10).await.unwrap_err();
    assert!(matches!(error, HttpError::Interrupted { .. }) && error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn the_reason_phrase_is_the_message_when_it_says_more() {
    let url = raw_server(&["HTTP/1.1 400 File already exists\r\ncontent-length: 6\r\n\r\n<html>"]);
    let error = client().fetch_ok(&Request::get(url), 100).await.unwrap_err();
    assert!(
        error.to_string().ends_with("answered 400 Bad Request: File already exists"),
        "{error}"
    );
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host_and_never_show() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let elsewhere = at(&second, "/b?sig=canary-q").to_string().replace("127.0.0.1", "localhost");
    Mock::given(header("authorization", "Bearer canary-t"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", elsewhere.as_str()))
        .mount(&first)
        .await;
    Mock::given(path("/b")).respond_with(ResponseTemplate::new(404)).mount(&second).await;
    let request = Request::get(at(&first, "/a"))
        .authorization(Some(Authorization::Bearer("canary-t".into())));
    let error = client().fetch_ok(&request, 100).await.unwrap_err();
    let received = &second.received_requests().await.unwrap()[0];
    assert!(!received.headers.contains_key("authorization"));
    assert!(!format!("{request:?} {error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_form_with_a_file_is_streamed_with_its_length_and_progress() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.whl");
    std::fs::write(&file, vec![b'x'; 300_000]).unwrap();
    let part = FilePart { path: file, offset: 0, length: 300_000 };
    let form = Multipart::new("content", "a.whl", part).field("name", "greeter");
    let (length, sent) = (form.length(), Arc::new(Mutex::new(0)));
    let sum = Arc::clone(&sent);
    let request = Request::post(at(&server, "/"), form)
        .progress(Some(Arc::new(move |bytes| *sum.lock().unwrap() += bytes)));
    client().fetch_ok(&request, 10).await.unwrap();
    let received = &server.received_requests().await.unwrap()[0];
    assert_eq!(received.body.len() as u64, length);
    assert_eq!(received.headers["content-length"], length.to_string());
    assert_eq!(*sent.lock().unwrap(), length);
}

#[tokio::test]
async fn an_answer_longer_than_the_limit_is_refused() {
    let server = MockServer::start().await;
    let long = ResponseTemplate::new(200).set_body_bytes(vec![0; 1000]);
    Mock::given(method("GET")).respond_with(long).mount(&server).await;
    let error = client().fetch(&Request::get(at(&server, "/")), 999).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLong { limit: 999, .. }), "{error}");
}

/// A new connection costs a round trip, or three with TLS.
#[tokio::test]
async fn requests_that_follow_redirects_share_connections_with_those_that_do_not() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        drop(listener);
        while socket.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
            let answer =
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\ncontent-length: 0\r\n\r\n";
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    let client = client();
    let staying = Request::get(url.clone()).without_redirects();
    let limit = 10;
    assert_eq!(client.fetch(&staying, limit).await.unwrap().status, 307);
    let error = client.fetch(&Request::get(url), limit).await.unwrap_err();
    assert!(error.to_string().contains("redirect"), "{error}");
    assert_eq!(client.fetch(&staying, limit).await.unwrap().status, 307);
}
