use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy, rt::TokioExecutor};
use kube::{
    Client, Config,
    client::{Body, ConfigExt as _},
    config::{AuthInfo, Cluster},
};
use rustls::ClientConfig;
use tower::ServiceBuilder;

use super::{
    credentials::{self, Credentials},
    proxy,
    proxy_connector::ProxyConnector,
    server::{Server, is_encrypted},
    tls,
};
use crate::{ClusterError, Context, Kubeconfig};

/// A client for one cluster, with what it adds to every request.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) authorization: Option<HeaderValue>,
    /// The server's address, for messages.
    pub(super) server: String,
}

/// Sends nothing; a credential plugin may run.
pub(super) async fn open_session(
    kubeconfig: &Kubeconfig,
    context: &Context,
    timeout: Duration,
) -> Result<Session, ClusterError> {
    let cluster = kubeconfig.cluster_of(context).ok_or_else(|| {
        unusable_context(context, format!("cluster `{}` is not in the kubeconfig", context.cluster))
    })?;
    let server =
        Server::from_cluster(cluster).map_err(|reason| unusable_context(context, reason))?;
    let proxy = proxy::choose_proxy(
        &server.address,
        cluster.proxy_url.as_deref(),
        kubeconfig.environment(),
    )
    .map_err(|reason| unusable_context(context, reason))?;
    let tls =
        tls::trust_servers(server.trust).map_err(|reason| unusable_context(context, reason))?;
    let Credentials { identity, authorization, impersonation } =
        credentials_for(&server.address, kubeconfig, context, cluster, timeout)
            .await
            .map_err(|reason| no_credentials(context, reason))?;
    let tls = tls::identify_client(tls, identity.as_ref())
        .map_err(|reason| no_credentials(context, reason))?;
    let proxy_connector = ProxyConnector::new(proxy, timeout);
    let connector = https_connector(proxy_connector, tls, server.certificate_name)
        .map_err(|reason| unusable_context(context, reason))?;
    let client = kube_client(server.address, impersonation, connector)
        .map_err(|reason| no_credentials(context, reason))?;
    Ok(Session { client, authorization, server: server.displayed_address })
}

fn unusable_context(context: &Context, reason: String) -> ClusterError {
    ClusterError::UnusableContext { context: context.name.clone(), reason }
}

fn no_credentials(context: &Context, reason: String) -> ClusterError {
    ClusterError::NoCredentials { context: context.name.clone(), reason }
}

/// Credentials are sent over encrypted connections only, as kubectl does.
async fn credentials_for(
    address: &Uri,
    kubeconfig: &Kubeconfig,
    context: &Context,
    cluster: &Cluster,
    timeout: Duration,
) -> Result<Credentials, String> {
    if !is_encrypted(address) {
        return Ok(Credentials::default());
    }
    credentials::resolve_credentials(&kubeconfig.user_of(context), cluster, timeout).await
}

fn https_connector(
    proxy_connector: ProxyConnector,
    tls: ClientConfig,
    certificate_name: Option<String>,
) -> Result<HttpsConnector<ProxyConnector>, String> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    let Some(name) = certificate_name else {
        return Ok(builder.enable_http1().wrap_connector(proxy_connector));
    };
    let name = name.try_into().map_err(|_| "tls-server-name is not a valid server name")?;
    let builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    Ok(builder.enable_http1().wrap_connector(proxy_connector))
}

/// An HTTP stack of our own below `kube`'s client. The one that `kube` makes reads
/// this process's environment, runs credential plugins by itself and uses the
/// process's default cryptography, which panics where there is none.
fn kube_client(
    address: Uri,
    impersonation: AuthInfo,
    connector: HttpsConnector<ProxyConnector>,
) -> Result<Client, String> {
    let mut config = Config::new(address);
    config.auth_info = impersonation;
    let impersonation_headers = config
        .extra_headers_layer()
        .map_err(|_| "the user to impersonate has characters that a header cannot have")?;
    let transport = legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let layers = ServiceBuilder::new().layer(config.base_uri_layer()).layer(impersonation_headers);
    Ok(Client::new(layers.service(transport), "default"))
}
