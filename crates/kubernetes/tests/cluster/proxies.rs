//! Kubeconfig that are reached through a proxy.

use kubernetes::{Cluster, ClusterError, KubeEnvironment, Kubeconfig};

use crate::{
    fake::{Authority, FakeCluster, FakeProxy, shop},
    support::{CANARY, Home, TIMEOUT, all_forms, base64},
};

/// A cluster whose name only a proxy knows: its entry without the last brace,
/// and the target that the proxy gets.
async fn hidden() -> (FakeCluster, String, String) {
    let authority = Authority::new();
    let fake = FakeCluster::encrypted(shop(), &authority).await;
    let target = fake.server.replace("https://127.0.0.1", "kubernetes");
    let data = base64(&authority.pem());
    let entry = format!("{{server: 'https://{target}', certificate-authority-data: {data}");
    (fake, entry, target)
}

#[tokio::test]
async fn the_proxy_of_the_kubeconfig_is_used_with_its_login() {
    let (_fake, entry, target) = hidden().await;
    let proxy = FakeProxy::http("canary@5").await;
    let login = format!("{entry}, proxy-url: 'http://me:canary%405@{}'}}", proxy.address);
    assert!(Home::with(&login, "{}").uses().await.is_ok());
    assert!(proxy.targets().iter().all(|actual| *actual == target));
}

#[tokio::test]
async fn a_socks_proxy_resolves_the_name() {
    let (_fake, entry, target) = hidden().await;
    let proxy = FakeProxy::socks().await;
    let stated = format!("{entry}, proxy-url: 'socks5://{}'}}", proxy.address);
    assert!(Home::with(&stated, "{}").uses().await.is_ok());
    assert!(proxy.targets().iter().all(|actual| *actual == target));
}

async fn with_environment(
    home: &Home,
    https_proxy: String,
    no_proxy: Option<String>,
) -> Result<usize, ClusterError> {
    let environment =
        KubeEnvironment { https_proxy: Some(https_proxy), no_proxy, ..home.environment() };
    let kubeconfig = Kubeconfig::load(environment)?;
    let cluster = Cluster::connect(&kubeconfig, "test", TIMEOUT).await?;
    cluster.images_in_use().await.map(|uses| uses.len())
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_used_unless_exempted() {
    let (fake, entry, target) = hidden().await;
    let proxy = FakeProxy::http(CANARY).await;
    let variable = format!("http://me:{CANARY}@{}", proxy.address);
    let home = Home::with(&format!("{entry}}}"), "{}");
    assert!(with_environment(&home, variable.clone(), None).await.is_ok());
    let before = proxy.targets().len();
    assert!(before > 0 && proxy.targets().iter().all(|actual| *actual == target));
    // Only the proxy can resolve this name.
    let exempt = with_environment(&home, variable.clone(), Some("kubernetes".into())).await;
    assert!(matches!(exempt.unwrap_err(), ClusterError::Unreachable { .. }));
    // The proxy is never used for a cluster on this machine.
    let local = entry.replace(&format!("https://{target}"), &fake.server);
    let local = Home::with(&format!("{local}}}"), "{}");
    assert!(with_environment(&local, variable, None).await.is_ok());
    assert_eq!(proxy.targets().len(), before);
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_gone_is_named_without_its_password() {
    let (_fake, entry, _) = hidden().await;
    let proxy = FakeProxy::http("another").await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let unreachable = listener.local_addr().unwrap().to_string();
    drop(listener);
    for (address, reason) in [
        (&proxy.address, "through its proxy: the connection failed"),
        (&unreachable, "through its proxy: Connection refused (os error 111)"),
    ] {
        let stated = format!("{entry}, proxy-url: 'http://me:{CANARY}@{address}'}}");
        let error = Home::with(&stated, "{}").uses().await.unwrap_err();
        assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(!all_forms(&error).contains(CANARY));
    }
}
