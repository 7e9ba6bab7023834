//! A cluster that cannot be queried is an error with a reason: images that are not
//! known to be used must not count as unused.

use std::time::Duration;

use kubernetes::{Cluster, ClusterError};
use tokio::net::TcpListener;

use crate::{
    fake::{FakeCluster, Fault, shop},
    support::{CANARY, Home, all_forms, entry},
};

const PODS: &str = "/api/v1/pods";
const JOBS: &str = "/apis/batch/v1/jobs";

async fn error_of(path: &str, fault: Fault) -> ClusterError {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().faults.insert(path.into(), fault);
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(!all_forms(&error).contains(CANARY), "{error:?}");
    assert!(error.hint().is_some(), "{error}");
    error
}

#[tokio::test]
async fn an_invalid_response_is_never_an_empty_list() {
    let bodies = [
        "<html>log in</html>",
        "{}",
        "[]",
        "",
        "null",
        r#"{"items":[]}"#,
        r#"{"kind":"ServiceList","items":[]}"#,
        r#"{"kind":"PodList","items":[{"metadata":{"name":"a"}}]}"#,
        r#"{"kind":"PodList","items":[{"metadata":{"name":"a"},"spec":{"containers":[]}}]}"#,
        r#"{"kind":"PodList","items":[{"spec":{"containers":[{"name":"a","image":"b"}]}}]}"#,
        r#"{"kind":"PodList","items":[{"metadata":{"name":"canary-5c1e9b"},"spec":"canary-5c1e9b"}]}"#,
    ];
    for body in bodies {
        let error = error_of(PODS, Fault::Body(body.into())).await;
        assert!(
            matches!(&error, ClusterError::InvalidResponse { resource, .. } if resource == "pods"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn one_list_that_fails_fails_them_all() {
    let error = error_of(JOBS, Fault::Status(500, CANARY.into())).await;
    assert!(matches!(&error, ClusterError::UnexpectedStatus { status: 500, .. }));
    let text = error.to_string();
    assert!(text.ends_with("returned status 500 for jobs.batch"), "{text}");
}

#[tokio::test]
async fn a_missing_path_is_no_empty_list() {
    let error = error_of(JOBS, Fault::Status(404, "not found".into())).await;
    assert!(matches!(error, ClusterError::UnexpectedStatus { status: 404, .. }));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = error_of(PODS, Fault::Status(302, String::new())).await;
    assert!(matches!(error, ClusterError::UnexpectedStatus { status: 302, .. }));
}

#[tokio::test]
async fn everything_that_is_forbidden_is_named_at_once() {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().forbidden.extend([PODS.into(), "/apis/apps/v1/replicasets".into()]);
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Forbidden { .. }));
    assert_eq!(
        error.to_string(),
        "Kubernetes context `test`: user `me` may not list pods, replicasets.apps in all namespaces"
    );
}

#[tokio::test]
async fn a_request_to_a_starting_server_is_repeated() {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().faults.insert(PODS.into(), Fault::Busy(2));
    assert!(Home::with(&entry(&fake, None), "{}").uses().await.is_ok());
    let error = error_of(PODS, Fault::Busy(100)).await;
    assert!(matches!(error, ClusterError::UnexpectedStatus { status: 503, .. }));
}

#[tokio::test]
async fn a_server_that_hangs_times_out() {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().faults.insert(PODS.into(), Fault::Hangs);
    let home = Home::with(&entry(&fake, None), "{}");
    let timeout = Duration::from_millis(300);
    let cluster = Cluster::connect(&home.kubeconfig(), "test", timeout).await.unwrap();
    let error = cluster.images_in_use().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ClusterError::TimedOut { .. }));
    assert!(text.ends_with("did not respond within 0.3 s"), "{text}");
}

#[tokio::test]
async fn a_server_that_hangs_up_is_unreachable() {
    let error = error_of(PODS, Fault::HangsUp).await;
    assert!(
        matches!(&error, ClusterError::Unreachable { reason, .. } if reason == "the connection was closed"),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_at_the_address_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let home = Home::with(&format!("{{server: 'http://me:{CANARY}@{address}'}}"), "{}");
    let error = home.uses().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Kubernetes context `test`: cannot reach http://{address}: \
             Connection refused (os error 111)"
        )
    );
    assert!(!all_forms(&error).contains(CANARY));
}

#[tokio::test]
async fn an_unknown_host_name_is_unreachable() {
    let home = Home::with("{server: 'http://nowhere.invalid:6443'}", "{}");
    let error = home.uses().await.unwrap_err();
    assert!(error.to_string().ends_with("its host name cannot be resolved"), "{error}");
}

#[tokio::test]
async fn something_that_does_not_speak_http_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(b"SSH-2.0-OpenSSH_9.2 canary-5c1e9b\r\n").await;
        }
    });
    let home = Home::with(&format!("{{server: 'http://{address}'}}"), "{}");
    let error = home.uses().await.unwrap_err();
    assert!(error.to_string().ends_with("does not speak HTTP"), "{error}");
    assert!(!all_forms(&error).contains(CANARY));
}
