//! Encrypted connections: only what the kubeconfig names is trusted.

use kubernetes::ClusterError;

use crate::{
    fake::{Authority, FakeCluster, shop},
    support::{CANARY, Home, all_forms, base64, entry},
};

#[tokio::test]
async fn a_private_authority_inline_and_in_a_file_is_trusted() {
    let authority = Authority::new();
    let fake = FakeCluster::encrypted(shop(), &authority).await;
    assert!(Home::with(&entry(&fake, Some(&authority)), "{}").uses().await.is_ok());
    // Relative to the kubeconfig's folder.
    let beside = format!("{{server: '{}', certificate-authority: ca.pem}}", fake.server);
    let home = Home::with(&beside, "{}");
    home.write(".kube/ca.pem", &authority.pem());
    assert!(home.uses().await.is_ok());
}

/// A process with several providers compiled in has no default one, and rustls
/// panics when it needs one.
#[tokio::test]
async fn no_default_provider_of_cryptography_is_needed_or_set() {
    use tokio_rustls::rustls::crypto::CryptoProvider;
    let authority = Authority::new();
    let fake = FakeCluster::encrypted(shop(), &authority).await;
    assert!(Home::with(&entry(&fake, Some(&authority)), "{}").uses().await.is_ok());
    assert!(Home::with(&entry(&fake, None), "{}").uses().await.is_err());
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn a_recreated_cluster_is_not_trusted() {
    let fake = FakeCluster::encrypted(shop(), &Authority::new()).await;
    let user = format!("{{token: {CANARY}}}");
    let error = Home::with(&entry(&fake, Some(&Authority::new())), &user).uses().await.unwrap_err();
    assert!(matches!(&error, ClusterError::Tls { reason, .. } if reason.contains("certificate")));
    assert!(error.hint().unwrap().contains("update-context"));
    assert!(fake.state().requests.is_empty());
}

#[tokio::test]
async fn the_system_decides_where_no_authority_is_stated() {
    let fake = FakeCluster::encrypted(shop(), &Authority::new()).await;
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_name_needs_that_name_stated() {
    let authority = Authority::new();
    let fake = FakeCluster::encrypted(shop(), &authority).await;
    let data = base64(&authority.pem());
    let port = fake.server.rsplit(':').next().unwrap();
    let elsewhere =
        format!("server: 'https://127.0.0.2:{port}', certificate-authority-data: {data}");
    // The fake listens on one address only; what matters is the requested name.
    let here = elsewhere.replace("127.0.0.2", "localhost");
    let error = Home::with(&format!("{{{here}}}"), "{}").uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Tls { .. }), "{error}");
    let named = Home::with(&format!("{{{here}, tls-server-name: kubernetes}}"), "{}");
    assert!(named.uses().await.is_ok());
}

#[tokio::test]
async fn verification_is_skipped_when_the_kubeconfig_disables_it() {
    let fake = FakeCluster::encrypted(shop(), &Authority::new()).await;
    let careless = format!("{{server: '{}', insecure-skip-tls-verify: true}}", fake.server);
    assert!(Home::with(&careless, "{}").uses().await.is_ok());
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gives_an_error_of_tls() {
    let fake = FakeCluster::plain(shop()).await;
    let authority = base64(&Authority::new().pem());
    let server = fake.server.replace("http:", "https:");
    let entry = format!("{{server: '{server}', certificate-authority-data: {authority}}}");
    let error = Home::with(&entry, "{}").uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_is_given_one() {
    let authority = Authority::new();
    let fake = FakeCluster::strict(shop(), &authority).await;
    let (certificate, key) = authority.client();
    let user = format!(
        "{{client-certificate-data: {}, client-key-data: {}}}",
        base64(&certificate),
        base64(&key)
    );
    assert!(Home::with(&entry(&fake, Some(&authority)), &user).uses().await.is_ok());
    // A file without a line feed at its end, and in the folder of the kubeconfig.
    let home = Home::with(
        &entry(&fake, Some(&authority)),
        "{client-certificate: me.pem, client-key: me.key}",
    );
    home.write(".kube/me.pem", certificate.trim_end());
    home.write(".kube/me.key", key.trim_end());
    assert!(home.uses().await.is_ok());
}

#[tokio::test]
async fn a_missing_or_unusable_client_certificate_is_an_error() {
    let authority = Authority::new();
    let fake = FakeCluster::strict(shop(), &authority).await;
    let entry = entry(&fake, Some(&authority));
    let error = Home::with(&entry, "{}").uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Tls { .. }), "{error}");
    let secret = base64(CANARY);
    let user = format!("{{client-certificate-data: {secret}, client-key-data: {secret}}}");
    let error = Home::with(&entry, &user).uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::NoCredentials { .. }), "{error}");
    let text = all_forms(&error);
    assert!(!text.contains(CANARY) && !text.contains(&secret), "{text}");
}
