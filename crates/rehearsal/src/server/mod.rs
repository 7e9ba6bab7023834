//! A small HTTP/1.1 server on loopback whose connections can be made to fail.
//!
//! A [`Server`] runs on its own threads, so it works in synchronous tests, in tests on a
//! single-threaded runtime and in whole programs. It stops when dropped.

mod body;
mod connection;
mod exchange;
mod log;
pub mod reply;
mod service;
mod truncation;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

pub use body::Body;
pub use log::LoggedRequest;
pub use service::{Request, Response, Service};

use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use connection::Connection;
use exchange::Exchange;
use log::RequestLog;

/// How long dropping a [`Server`] waits for what writes to the disk at that moment.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a [`Server`] listens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The port on 127.0.0.1; 0 picks any free port.
    pub port: u16,
}

impl ServerOptions {
    /// Listens on `port` instead of any free port.
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
    /// Starts serving `service` on 127.0.0.1.
    ///
    /// # Errors
    /// The port is in use, or the threads cannot be started.
    pub fn start(
        options: ServerOptions,
        service: Arc<dyn Service>,
    ) -> Result<Self, RehearsalError> {
        Self::start_with(options, |_| service)
    }

    /// Like [`Server::start`], for a service that must know its address.
    ///
    /// # Errors
    /// The port is in use, or the threads cannot be started.
    pub fn start_with(
        options: ServerOptions,
        service: impl FnOnce(SocketAddr) -> Arc<dyn Service>,
    ) -> Result<Self, RehearsalError> {
        let requested = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let runtime = start_threads().map_err(RehearsalError::Threads)?;
        let (listener, address) = listen(requested, &runtime)
            .map_err(|source| RehearsalError::Listen { address: requested, source })?;
        let faults = FaultPlan::default();
        let log = RequestLog::default();
        let exchange = Exchange::new(service(address), faults.clone(), log.clone());
        let accepting = runtime.spawn(accept_connections(listener, exchange));
        Ok(Self { address, faults, log, accepting: Some(accepting), runtime: Some(runtime) })
    }

    /// The address and port on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:PORT`, as used in image references and `Host` headers.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The faults of this server, to inject some.
    pub fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.entries()
    }

    /// Clears the request log.
    pub fn clear_requests(&self) {
        self.log.clear();
    }

    /// Stops, and returns once the port is free and all connections are closed.
    pub async fn stop(mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The only outcome is the cancellation that was just requested.
            let _ = accepting.await;
        }
    }
}

impl Drop for Server {
    /// Waits until nothing uses the service any more: clients keep their connections open,
    /// and a connection that outlived the server would keep its files.
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
        if let Some(runtime) = self.runtime.take() {
            // On a thread of its own, because waiting inside another runtime would panic.
            let stopping = std::thread::spawn(move || runtime.shutdown_timeout(STOP_TIMEOUT));
            let _ = stopping.join();
        }
    }
}

fn start_threads() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("rehearsal")
        .enable_all()
        .build()
}

fn listen(address: SocketAddr, runtime: &Runtime) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = std::net::TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let _context = runtime.enter();
    Ok((TcpListener::from_std(socket)?, address))
}

/// Keeps the connections in its own set, so that they end with this task.
async fn accept_connections(listener: TcpListener, exchange: Exchange) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, exchange.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: tokio::net::TcpStream, exchange: Exchange) {
    // Small responses must not wait for an acknowledgement; a failure only costs time.
    let _ = stream.set_nodelay(true);
    let (connection, control) = Connection::new(stream);
    let service = hyper::service::service_fn(move |request| {
        let exchange = exchange.clone();
        let control = control.clone();
        async move { exchange.handle(request, control).await }
    });
    // Connections break in ordinary operation: clients hang up, faults reset.
    let _ = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(connection, service)
        .await;
}
