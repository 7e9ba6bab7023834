//! A small HTTP/1.1 server on loopback whose connections can be made to fail.
//!
//! A [`Server`] brings its own threads: it serves synchronous tests, tests on a
//! single-threaded runtime and whole programs alike, and it ends when dropped.

mod body;
mod connection;
mod exchange;
mod log;
pub mod reply;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

pub use body::Body;
pub use log::LoggedRequest;

use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use connection::Connection;
pub(crate) use connection::Control;
use exchange::Exchange;
use log::RequestLog;

/// A request whose body arrives as it is read.
pub type Request = http::Request<Body>;
/// A response whose body leaves as it is produced.
pub type Response = http::Response<Body>;

/// What a [`Server`] serves.
#[async_trait::async_trait]
pub trait Service: Send + Sync + 'static {
    /// Answers one request.
    ///
    /// The request extensions hold [`crate::fault::Stale`] when the answer
    /// should come from an older state.
    async fn respond(&self, request: Request) -> Response;
}

/// How a [`Server`] listens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
}

impl ServerOptions {
    /// Listens on `port` instead of any free one.
    pub fn on_port(port: u16) -> Self {
        Self { port }
    }
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    faults: FaultPlan,
    log: RequestLog,
    accepting: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts to serve `service` on 127.0.0.1.
    ///
    /// # Errors
    /// The port is taken, or no threads can be started.
    pub fn start(
        options: ServerOptions,
        service: Arc<dyn Service>,
    ) -> Result<Self, RehearsalError> {
        Self::start_with(options, |_| service)
    }

    /// As [`Server::start`], for a service that must know its own address.
    ///
    /// # Errors
    /// The port is taken, or no threads can be started.
    pub fn start_with(
        options: ServerOptions,
        service: impl FnOnce(SocketAddr) -> Arc<dyn Service>,
    ) -> Result<Self, RehearsalError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let runtime = serving_threads().map_err(RehearsalError::Threads)?;
        let (listener, address) = listen(wanted, &runtime)
            .map_err(|source| RehearsalError::Listen { address: wanted, source })?;
        let faults = FaultPlan::default();
        let log = RequestLog::default();
        let exchange = Exchange::new(service(address), faults.clone(), log.clone());
        let accepting = runtime.spawn(accept(listener, exchange));
        Ok(Self { address, faults, log, accepting: Some(accepting), runtime: Some(runtime) })
    }

    /// The address and port it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:PORT`, as it stands in image references and `Host` headers.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The faults that this server is told to show.
    pub fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.entries()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.log.clear();
    }

    /// Stops, and returns once the port is free and all connections are closed.
    pub async fn stop(mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The only outcome is the cancellation that was just asked for.
            let _ = accepting.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
        if let Some(runtime) = self.runtime.take() {
            // Waiting here would panic inside another runtime.
            runtime.shutdown_background();
        }
    }
}

fn serving_threads() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("rehearsal")
        .enable_all()
        .build()
}

fn listen(wanted: SocketAddr, runtime: &Runtime) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = std::net::TcpListener::bind(wanted)?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let _context = runtime.enter();
    Ok((TcpListener::from_std(socket)?, address))
}

/// Connections live in a set of their own, so that they end with this task.
async fn accept(listener: TcpListener, exchange: Exchange) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, exchange.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: tokio::net::TcpStream, exchange: Exchange) {
    // Small answers must not wait for an acknowledgement; a failure only costs time.
    let _ = stream.set_nodelay(true);
    let (connection, control) = Connection::new(stream);
    let service = hyper::service::service_fn(move |request| {
        let exchange = exchange.clone();
        let control = control.clone();
        async move { exchange.answer(request, control).await }
    });
    // A broken connection is an ordinary end here: clients hang up, faults reset.
    let _ = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(connection, service)
        .await;
}
