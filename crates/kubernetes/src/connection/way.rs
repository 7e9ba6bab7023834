use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderValue, Uri};
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

/// How the connection to a server is made, before any encryption.
#[derive(Clone)]
pub(super) enum Way {
    Direct(HttpConnector),
    Tunnel(Tunnel<HttpConnector>),
    Socks(SocksV5<HttpConnector>),
}

/// The connection failed at or behind the proxy.
#[derive(Debug, thiserror::Error)]
#[error("no connection through the proxy")]
pub(super) struct ProxyError(#[source] Cause);

type Cause = Box<dyn std::error::Error + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, Cause>> + Send>>;

impl Way {
    /// `proxy` is of the scheme `http`, `socks5` or `socks5h`. The last two
    /// are the same: names are always left to the proxy.
    pub(super) fn through(proxy: Option<Uri>, limit: Duration) -> Self {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        direct.set_connect_timeout(Some(limit));
        let Some(proxy) = proxy else { return Self::Direct(direct) };
        let login = login(&proxy);
        if proxy.scheme_str().is_some_and(|scheme| scheme.starts_with("socks5")) {
            let socks = SocksV5::new(proxy, direct);
            return Self::Socks(match login {
                Some((name, password)) => socks.with_auth(name, password),
                None => socks,
            });
        }
        let tunnel = Tunnel::new(proxy, direct);
        let header = login.and_then(|(name, password)| basic(&name, &password));
        Self::Tunnel(match header {
            Some(header) => tunnel.with_auth(header),
            None => tunnel,
        })
    }
}

/// Name and password before the host, decoded.
fn login(proxy: &Uri) -> Option<(String, String)> {
    let (login, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (name, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decoded(name), decoded(password)))
}

/// The header's value of a login with name and password.
pub(super) fn basic(name: &str, password: &str) -> Option<HeaderValue> {
    let login = BASE64_STANDARD.encode(format!("{name}:{password}"));
    let mut value = HeaderValue::try_from(format!("Basic {login}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = Cause;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        match self {
            Self::Direct(direct) => direct.poll_ready(context).map_err(Into::into),
            Self::Tunnel(tunnel) => tunnel.poll_ready(context).map_err(Into::into),
            Self::Socks(socks) => socks.poll_ready(context).map_err(Into::into),
        }
    }

    fn call(&mut self, server: Uri) -> Connecting {
        fn failed(error: impl Into<Cause>) -> Cause {
            ProxyError(error.into()).into()
        }
        match self {
            Self::Direct(direct) => {
                let connecting = direct.call(server);
                Box::pin(async { connecting.await.map_err(Into::into) })
            }
            Self::Tunnel(tunnel) => {
                let connecting = tunnel.call(server);
                Box::pin(async { connecting.await.map_err(failed) })
            }
            Self::Socks(socks) => {
                let connecting = socks.call(server);
                Box::pin(async { connecting.await.map_err(failed) })
            }
        }
    }
}
