//! Users: requests over connections that are kept and over fresh ones, GET and POST.
//!
//! A proxy that is reloaded closes connections that nobody uses at that moment, and a
//! request may be under way already. Like curl and browsers, users then send it again over
//! a fresh connection, if the old one was used before and nothing came back. Such requests
//! are counted, and everything else that is not answered with 200 is a failure.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{IpAddr, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

const USERS: u64 = 16;
/// The time between two requests of a user: 400 requests per second altogether.
const PAUSE: Duration = Duration::from_millis(40);
const TIMEOUT: Duration = Duration::from_secs(20);

/// What users saw.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    pub(super) requests: u64,
    /// Requests that were sent again over a fresh connection.
    retried: u64,
    pub(super) failures: Vec<String>,
    /// Answers by what was in them.
    answers: BTreeMap<String, u64>,
    seconds: f64,
}

/// Users that send requests until they are stopped.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    users: Vec<JoinHandle<()>>,
    started: Instant,
}

impl Load {
    pub(super) fn start(proxy: IpAddr) -> Self {
        let (stop, seen) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Seen>>::default());
        let started = Instant::now();
        let users = (0..USERS).map(|number| {
            let (stop, seen) = (Arc::clone(&stop), Arc::clone(&seen));
            std::thread::spawn(move || User::new(proxy, number).work(&stop, &seen, started))
        });
        let users = users.collect();
        Self { stop, seen, users, started }
    }

    /// Waits until an answer has this text; it must come from now on.
    #[track_caller]
    pub(super) fn until_served(&self, text: &str) {
        let count = || {
            let seen = self.seen.lock().unwrap();
            seen.answers.get(text).copied().unwrap_or_default()
        };
        let before = count();
        let deadline = Instant::now() + TIMEOUT;
        while count() == before {
            assert!(Instant::now() < deadline, "nobody is served `{text}`");
            std::thread::sleep(PAUSE);
        }
    }

    pub(super) fn end(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        self.users.into_iter().for_each(|user| user.join().unwrap());
        let mut seen = self.seen.lock().unwrap().clone();
        seen.seconds = self.started.elapsed().as_secs_f64();
        seen
    }
}

struct User {
    proxy: IpAddr,
    number: u64,
    connection: Option<TcpStream>,
    retried: u64,
}

impl User {
    fn new(proxy: IpAddr, number: u64) -> Self {
        Self { proxy, number, connection: None, retried: 0 }
    }

    /// Every other user keeps its connection, and every other pair sends a body.
    fn work(mut self, stop: &AtomicBool, seen: &Mutex<Seen>, started: Instant) {
        let mut next = Instant::now() + PAUSE * u32::try_from(self.number).unwrap() / 16;
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            next += PAUSE;
            let (keeps, posts) = (self.number.is_multiple_of(2), self.number / 2 % 2 == 1);
            let result = self.request(keeps, posts);
            let mut seen = seen.lock().unwrap();
            seen.requests += 1;
            seen.retried += std::mem::take(&mut self.retried);
            match result {
                Ok(text) => *seen.answers.entry(text).or_default() += 1,
                Err(problem) => {
                    self.connection = None;
                    let method = if posts { "POST" } else { "GET" };
                    let connection = if keeps { "kept" } else { "fresh" };
                    let at = started.elapsed().as_secs_f64();
                    seen.failures.push(format!(
                        "{at:.3} s: {method} by a {connection} connection: {problem}"
                    ));
                }
            }
        }
    }

    fn request(&mut self, keeps: bool, posts: bool) -> Result<String, String> {
        let connection = if keeps { "keep-alive" } else { "close" };
        let head = format!("HTTP/1.1\r\nHost: shop.test\r\nConnection: {connection}\r\n");
        let request = if posts {
            format!("POST /books {head}Content-Length: 5\r\n\r\nhello")
        } else {
            format!("GET /books {head}\r\n")
        };
        let used = self.connection.take().filter(is_open);
        let (stream, head, body) = match used.map(|stream| exchange(stream, &request)) {
            Some(Ok(response)) => response,
            Some(Err(Problem { is_silent: true, .. })) => {
                self.retried += 1;
                exchange(connect(self.proxy)?, &request)?
            }
            Some(Err(problem)) => return Err(problem.text),
            None => exchange(connect(self.proxy)?, &request)?,
        };
        if !head.starts_with("HTTP/1.1 200") {
            return Err(head.lines().next().unwrap_or_default().to_owned());
        }
        let is_kept = keeps && !head.to_ascii_lowercase().contains("connection: close");
        self.connection = is_kept.then_some(stream);
        let text = body.split(',').next().unwrap_or_default();
        Ok(text.to_owned())
    }
}

/// Why there is no whole response.
struct Problem {
    text: String,
    /// The connection ended and nothing came back.
    is_silent: bool,
}

impl From<Problem> for String {
    fn from(problem: Problem) -> Self {
        problem.text
    }
}

/// The head and the body of an answer to one request.
#[track_caller]
pub(super) fn answer_of(proxy: IpAddr, method: &str) -> (String, String) {
    let body = if method == "POST" { "Content-Length: 5\r\n\r\nhello" } else { "\r\n" };
    let head = format!("{method} /books HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n");
    let answer = exchange(connect(proxy).unwrap(), &format!("{head}{body}"));
    let (_, head, body) = answer.map_err(String::from).unwrap();
    (head, body)
}

fn connect(proxy: IpAddr) -> Result<TcpStream, String> {
    let stream = TcpStream::connect((proxy, 80)).map_err(|error| format!("connect: {error}"))?;
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_nodelay(true).unwrap();
    Ok(stream)
}

fn exchange(mut stream: TcpStream, request: &str) -> Result<(TcpStream, String, String), Problem> {
    if let Err(error) = stream.write_all(request.as_bytes()) {
        return Err(Problem { text: format!("send: {error}"), is_silent: true });
    }
    let (head, body) = read_response(&mut stream)?;
    Ok((stream, head, body))
}

/// As every HTTP client does before it uses a connection again.
fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn read_response(stream: &mut TcpStream) -> Result<(String, String), Problem> {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(response) = whole_response(&text) {
            return Ok(response);
        }
        match stream.read(&mut buffer) {
            Ok(0) => {
                let problem = format!("closed after {} bytes", text.len());
                return Err(Problem { text: problem, is_silent: text.is_empty() });
            }
            Ok(length) => text.extend(&buffer[..length]),
            Err(error) => {
                let is_reset = error.kind() == std::io::ErrorKind::ConnectionReset;
                let is_silent = is_reset && text.is_empty();
                return Err(Problem { text: format!("receive: {error}"), is_silent });
            }
        }
    }
}

fn whole_response(text: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(text);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    (body.len() >= length.trim().parse().ok()?).then(|| (head.to_owned(), body.to_owned()))
}
