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
    server::{Server, is_encrypted},
    tls,
    way::Way,
};
use crate::{ClusterError, Clusters, Context};

/// A way to ask a cluster, and what goes with every request.
pub(super) struct Login {
    pub(super) client: Client,
    pub(super) authorization: Option<HeaderValue>,
    /// The server's address for a person.
    pub(super) server: String,
}

/// Nothing is sent; a credential plugin may run.
pub(super) async fn log_in(
    clusters: &Clusters,
    context: &Context,
    limit: Duration,
) -> Result<Login, ClusterError> {
    let name = || context.name.clone();
    let unusable = |reason: String| ClusterError::UnusableContext { context: name(), reason };
    let refused = |reason: String| ClusterError::NoCredentials { context: name(), reason };
    let missing = || format!("cluster `{}` is not in the kubeconfig", context.cluster);
    let cluster = clusters.cluster_of(context).ok_or_else(|| unusable(missing()))?;
    let Server { address, shown, trust, name } = Server::of(cluster).map_err(unusable)?;
    let stated = cluster.proxy_url.as_deref();
    let proxy = proxy::choose(&address, stated, clusters.surroundings()).map_err(unusable)?;
    let tls = tls::trusting(trust).map_err(unusable)?;
    let credentials = credentials(clusters, context, cluster, &address, limit).await;
    let Credentials { identity, authorization, acts_as } = credentials.map_err(refused)?;
    let tls = tls::identified(tls, identity.as_ref()).map_err(refused)?;
    let connector = connector(Way::through(proxy, limit), tls, name).map_err(unusable)?;
    let client = client(address, acts_as, connector).map_err(refused)?;
    Ok(Login { client, authorization, server: shown })
}

/// They go over encrypted connections only, as with kubectl.
async fn credentials(
    clusters: &Clusters,
    context: &Context,
    cluster: &Cluster,
    address: &Uri,
    limit: Duration,
) -> Result<Credentials, String> {
    if !is_encrypted(address) {
        return Ok(Credentials::default());
    }
    credentials::resolve(&clusters.user_of(context), cluster, limit).await
}

fn connector(
    way: Way,
    tls: ClientConfig,
    name: Option<String>,
) -> Result<HttpsConnector<Way>, String> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    let Some(name) = name else { return Ok(builder.enable_http1().wrap_connector(way)) };
    let name = name.try_into().map_err(|_| "tls-server-name is no name of a server")?;
    let builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    Ok(builder.enable_http1().wrap_connector(way))
}

/// A stack of our own below `kube`'s client. The one that `kube` makes reads
/// this process's environment, runs credential plugins by itself and takes the
/// process's default for cryptography, which panics where there is none.
fn client(
    address: Uri,
    acts_as: AuthInfo,
    connector: HttpsConnector<Way>,
) -> Result<Client, String> {
    let mut config = Config::new(address);
    config.auth_info = acts_as;
    let acting = config.extra_headers_layer();
    let acting = acting.map_err(|_| "the user to act as cannot be named in a header")?;
    let transport = legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let layers = ServiceBuilder::new().layer(config.base_uri_layer()).layer(acting);
    Ok(Client::new(layers.service(transport), "default"))
}
