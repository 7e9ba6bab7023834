//! A Kubernetes API server on the loopback, with just enough of the real one's
//! behaviour: lists with pages from one snapshot, discovery, tokens, client
//! certificates, access rules, and faults on demand.

mod certificates;
mod objects;
mod proxy;
mod responses;
mod serve;
mod shop;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

pub(crate) use certificates::Authority;
pub(crate) use objects::{digest, pod};
pub(crate) use proxy::FakeProxy;
use serde_json::Value;
pub(crate) use shop::shop;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A fault at a path.
#[derive(Clone)]
pub(crate) enum Fault {
    /// This status with this body.
    Status(u16, String),
    /// 200 with this body.
    Body(String),
    /// 503 this many times, then the correct response.
    Busy(usize),
    /// No response at all.
    Hangs,
    /// The connection is closed without a response.
    HangsUp,
}

#[derive(Default)]
pub(crate) struct State {
    /// Objects by the path of their list: `/apis/apps/v1/deployments`.
    pub(crate) objects: BTreeMap<String, Vec<Value>>,
    /// At most this many objects per response, whatever the client requests.
    pub(crate) page_size: Option<usize>,
    /// The accepted tokens. Empty: no token is needed.
    pub(crate) tokens: BTreeSet<String>,
    /// Paths that the user may not read.
    pub(crate) forbidden: BTreeSet<String>,
    /// Paths that this server does not have.
    pub(crate) not_served: BTreeSet<String>,
    pub(crate) faults: BTreeMap<String, Fault>,
    /// Issued continue tokens, with the rest of the list.
    pub(crate) continue_tokens: BTreeMap<String, Vec<Value>>,
    /// Every continue token expires immediately.
    pub(crate) expires_tokens: bool,
    /// Path and query of each request.
    pub(crate) requests: Vec<String>,
    /// Headers of interest of each request.
    pub(crate) headers: Vec<BTreeMap<String, String>>,
}

impl State {
    pub(crate) fn add_object(&mut self, path: &str, object: Value) {
        self.objects.entry(path.to_owned()).or_default().push(object);
    }
}

pub(crate) struct FakeCluster {
    state: Arc<Mutex<State>>,
    /// `https://127.0.0.1:1234`.
    pub(crate) server: String,
}

impl FakeCluster {
    /// Without encryption, as `kubectl proxy` serves.
    pub(crate) async fn plain(state: State) -> Self {
        Self::start(state, None).await
    }

    /// With a certificate of this authority, whose client certificates are
    /// accepted as well.
    pub(crate) async fn encrypted(state: State, authority: &Authority) -> Self {
        Self::start(state, Some(authority.acceptor(false))).await
    }

    /// Clients without a certificate are refused while connecting.
    pub(crate) async fn strict(state: State, authority: &Authority) -> Self {
        Self::start(state, Some(authority.acceptor(true))).await
    }

    async fn start(state: State, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = format!("{scheme}://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        tokio::spawn(serve::serve(listener, tls, Arc::clone(&state)));
        Self { state, server }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
