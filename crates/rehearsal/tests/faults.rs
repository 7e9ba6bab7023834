//! Each effect, as a client on a plain socket sees it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::{StatusCode, header};
use rehearsal::fault::Stale;
use rehearsal::server::reply;
use rehearsal::{Fault, Request, Response, Server, ServerOptions, Service};

/// Counts the requests that it processed, and echoes their bodies.
#[derive(Default)]
struct Echo(AtomicUsize);

#[async_trait::async_trait]
impl Service for Echo {
    async fn respond(&self, request: Request) -> Response {
        self.0.fetch_add(1, Ordering::SeqCst);
        if request.extensions().get::<Stale>().is_some() {
            return reply::text(StatusCode::OK, "older");
        }
        let content = request.into_body().bytes(1 << 20).await.unwrap();
        reply::with_body(StatusCode::OK, content)
    }
}

struct Scene {
    echo: Arc<Echo>,
    server: Server,
}

impl Scene {
    fn with(fault: Fault) -> Self {
        let echo = Arc::new(Echo::default());
        let server = Server::start(ServerOptions::default(), echo.clone()).unwrap();
        server.faults().inject(fault);
        Self { echo, server }
    }

    fn processed(&self) -> usize {
        self.echo.0.load(Ordering::SeqCst)
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.address()).unwrap()
    }

    /// Sends a PUT and reads until the server ends the connection.
    fn put(&self, content: &[u8]) -> (String, Option<ErrorKind>) {
        let mut stream = self.connect();
        let head = format!(
            "PUT /path?a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        // A reset may already arrive while the body is being sent.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(content);
        read_to_end(stream)
    }
}

fn read_to_end(mut stream: TcpStream) -> (String, Option<ErrorKind>) {
    let mut response = Vec::new();
    let failure = stream.read_to_end(&mut response).err();
    let text = String::from_utf8_lossy(&response).into_owned();
    (text, failure.map(|error| error.kind()))
}

#[test]
fn responds_normally_when_no_fault_applies() {
    let scene = Scene::with(Fault::status(503).method("GET"));
    let (response, failure) = scene.put(b"hello");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.ends_with("\r\n\r\nhello"), "{response}");
    assert_eq!(failure, None);
    assert_eq!(scene.server.faults().total_triggered(), 0);
}

#[test]
fn a_status_fault_responds_without_processing() {
    let fault = Fault::status(429)
        .with_header(header::RETRY_AFTER, "7".parse().unwrap())
        .with_body("slow down");
    let scene = Scene::with(fault);
    let (response, _) = scene.put(b"hello");
    assert!(response.starts_with("HTTP/1.1 429 "), "{response}");
    assert!(response.contains("Retry-After: 7\r\n"), "{response}");
    assert!(response.ends_with("slow down"), "{response}");
    assert_eq!(scene.processed(), 0);
    assert_eq!(scene.server.faults().total_triggered(), 1);
    assert!(scene.put(b"again").0.ends_with("again"));
}

#[test]
fn a_delay_postpones_the_response() {
    let scene = Scene::with(Fault::delay(Duration::from_millis(80)));
    let start = Instant::now();
    let (response, _) = scene.put(b"hello");
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert!(response.ends_with("hello"));
}

#[test]
fn resets_before_the_body_is_sent() {
    let scene = Scene::with(Fault::reset_before_body());
    let mut stream = scene.connect();
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").unwrap();
    assert_eq!(read_to_end(stream), (String::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(scene.processed(), 0);
    assert_eq!(scene.server.requests()[0].body_bytes, 0);
}

#[test]
fn resets_after_the_body_without_processing_it() {
    let scene = Scene::with(Fault::reset_after_body());
    let content = vec![b'x'; 300_000];
    let reset = (String::new(), Some(ErrorKind::ConnectionReset));
    assert_eq!(scene.put(&content), reset);
    assert_eq!(scene.processed(), 0);
    let logged = &scene.server.requests()[0];
    assert_eq!((logged.body_bytes, logged.status), (300_000, None));
}

#[test]
fn loses_the_response_to_a_processed_request() {
    let scene = Scene::with(Fault::lost_response());
    let reset = (String::new(), Some(ErrorKind::ConnectionReset));
    assert_eq!(scene.put(b"hello"), reset);
    assert_eq!(scene.processed(), 1);
}

#[test]
fn truncates_the_body_to_exactly_half_of_the_promised_length() {
    for length in [1, 2, 11, 300_000, 1_000_001] {
        let scene = Scene::with(Fault::truncated_body());
        let (response, failure) = scene.put(&vec![b'x'; length]);
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {length}")), "{head}");
        assert_eq!(body.len(), length / 2);
        assert_eq!(failure, None);
    }
}

#[test]
fn garbage_is_not_text() {
    let scene = Scene::with(Fault::garbage());
    let mut stream = scene.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(std::str::from_utf8(&response).is_err());
    assert_eq!(scene.processed(), 0);
}

#[test]
fn a_stale_fault_makes_the_service_use_an_older_state() {
    let scene = Scene::with(Fault::stale());
    assert!(scene.put(b"hello").0.ends_with("older"));
    assert!(scene.put(b"hello").0.ends_with("hello"));
}

#[test]
fn logs_requests_in_order_with_status_and_size() {
    let scene = Scene::with(Fault::status(500).skip(1));
    scene.put(b"hello");
    scene.put(b"hi");
    let log = scene.server.requests();
    let entries: Vec<_> =
        log.iter().map(|entry| (entry.status.unwrap().as_u16(), entry.body_bytes)).collect();
    assert_eq!(entries, [(200, 5), (500, 2)]);
    assert_eq!(log[0].path_and_query, "/path?a=b");
    assert_eq!(log[0].method, "PUT");
    scene.server.clear_requests();
    assert!(scene.server.requests().is_empty());
}

#[test]
fn frees_its_port_when_stopped() {
    let server = Scene::with(Fault::garbage()).server;
    let address = server.address();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(server.stop());
    assert!(TcpStream::connect(address).is_err());
    let options = ServerOptions::on_port(address.port());
    let again = Server::start(options, Arc::new(Echo::default())).unwrap();
    assert_eq!(again.address(), address);
}

#[test]
fn the_error_names_the_port_in_use() {
    let running = Scene::with(Fault::garbage()).server;
    let options = ServerOptions::on_port(running.address().port());
    let error = Server::start(options, Arc::new(Echo::default())).unwrap_err();
    assert!(error.to_string().contains(&running.host()), "{error}");
}
