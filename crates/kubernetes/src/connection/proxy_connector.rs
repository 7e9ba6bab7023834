use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{
        HttpConnector,
        proxy::{SocksV5, Tunnel},
    },
    rt::TokioIo,
};
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tower::Service;

use super::authorization::basic_authorization;

/// Connects to a server, directly or through a proxy, before any encryption.
#[derive(Clone)]
pub(super) enum ProxyConnector {
    Direct(HttpConnector),
    Tunnel(Tunnel<HttpConnector>),
    Socks(SocksV5<HttpConnector>),
}

/// The connection failed at or behind the proxy.
#[derive(Debug, thiserror::Error)]
#[error("no connection through the proxy")]
pub(super) struct ProxyError(#[source] BoxError);

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, BoxError>> + Send>>;

impl ProxyConnector {
    /// `proxy` has the scheme `http`, `socks5` or `socks5h`. The last two are the
    /// same: the proxy always resolves names.
    pub(super) fn new(proxy: Option<Uri>, connect_timeout: Duration) -> Self {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        direct.set_connect_timeout(Some(connect_timeout));
        match proxy {
            None => Self::Direct(direct),
            Some(proxy) if is_socks(&proxy) => Self::Socks(socks_connector(proxy, direct)),
            Some(proxy) => Self::Tunnel(tunnel_connector(proxy, direct)),
        }
    }
}

fn is_socks(proxy: &Uri) -> bool {
    proxy.scheme_str().is_some_and(|scheme| scheme.starts_with("socks5"))
}

fn socks_connector(proxy: Uri, direct: HttpConnector) -> SocksV5<HttpConnector> {
    let login = proxy_login(&proxy);
    let socks = SocksV5::new(proxy, direct);
    match login {
        Some((name, password)) => socks.with_auth(name, password),
        None => socks,
    }
}

fn tunnel_connector(proxy: Uri, direct: HttpConnector) -> Tunnel<HttpConnector> {
    let login = proxy_login(&proxy);
    let tunnel = Tunnel::new(proxy, direct);
    let header = login.and_then(|(name, password)| basic_authorization(&name, &password).ok());
    match header {
        Some(header) => tunnel.with_auth(header),
        None => tunnel,
    }
}

/// Name and password before the host, decoded.
fn proxy_login(proxy: &Uri) -> Option<(String, String)> {
    let (login, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (name, password) = login.split_once(':').unwrap_or((login, ""));
    Some((percent_decoded(name), percent_decoded(password)))
}

fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Service<Uri> for ProxyConnector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Direct(direct) => direct.poll_ready(context).map_err(Into::into),
            Self::Tunnel(tunnel) => tunnel.poll_ready(context).map_err(Into::into),
            Self::Socks(socks) => socks.poll_ready(context).map_err(Into::into),
        }
    }

    fn call(&mut self, server: Uri) -> Connecting {
        match self {
            Self::Direct(direct) => {
                let connecting = direct.call(server);
                Box::pin(async { connecting.await.map_err(Into::into) })
            }
            Self::Tunnel(tunnel) => {
                let connecting = tunnel.call(server);
                Box::pin(async { connecting.await.map_err(proxy_error) })
            }
            Self::Socks(socks) => {
                let connecting = socks.call(server);
                Box::pin(async { connecting.await.map_err(proxy_error) })
            }
        }
    }
}

fn proxy_error(error: impl Into<BoxError>) -> BoxError {
    ProxyError(error.into()).into()
}
