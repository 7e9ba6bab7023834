//! A cluster that cannot be asked is an error that says why: what is not known
//! must not count as unused.

use std::time::Duration;

use kubernetes::{Cluster, ClusterError};
use tokio::net::TcpListener;

use crate::{
    fake::{Accident, FakeCluster, shop},
    support::{CANARY, Home, entry, everything},
};

const PODS: &str = "/api/v1/pods";
const JOBS: &str = "/apis/batch/v1/jobs";

async fn error_of(path: &str, accident: Accident) -> ClusterError {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().accidents.insert(path.into(), accident);
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(!everything(&error).contains(CANARY), "{error:?}");
    assert!(error.hint().is_some(), "{error}");
    error
}

#[tokio::test]
async fn an_answer_that_is_not_the_api_s_is_never_an_empty_list() {
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
        let error = error_of(PODS, Accident::Says(body.into())).await;
        assert!(
            matches!(&error, ClusterError::Unreadable { what, .. } if what == "pods"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn one_list_that_fails_fails_them_all() {
    let error = error_of(JOBS, Accident::Status(500, CANARY.into())).await;
    assert!(matches!(&error, ClusterError::Failed { status: 500, .. }));
    let text = error.to_string();
    assert!(text.ends_with("answered 500 when asked for jobs.batch"), "{text}");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_no_empty_list() {
    let error = error_of(JOBS, Accident::Status(404, "not found".into())).await;
    assert!(matches!(error, ClusterError::Failed { status: 404, .. }));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = error_of(PODS, Accident::Status(302, String::new())).await;
    assert!(matches!(error, ClusterError::Failed { status: 302, .. }));
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
async fn a_server_that_is_starting_is_asked_again() {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().accidents.insert(PODS.into(), Accident::Busy(2));
    assert!(Home::with(&entry(&fake, None), "{}").uses().await.is_ok());
    let error = error_of(PODS, Accident::Busy(100)).await;
    assert!(matches!(error, ClusterError::Failed { status: 503, .. }));
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time() {
    let fake = FakeCluster::plain(shop()).await;
    fake.state().accidents.insert(PODS.into(), Accident::Hangs);
    let home = Home::with(&entry(&fake, None), "{}");
    let limit = Duration::from_millis(300);
    let cluster = Cluster::connect(&home.clusters(), "test", limit).await.unwrap();
    let error = cluster.images_in_use().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ClusterError::NoAnswer { .. }));
    assert!(text.ends_with("did not answer within 0.3 s"), "{text}");
}

#[tokio::test]
async fn a_server_that_hangs_up_is_unreachable() {
    let error = error_of(PODS, Accident::HangsUp).await;
    assert!(
        matches!(&error, ClusterError::Unreachable { reason, .. } if reason == "the connection broke"),
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
            "Kubernetes context `test`: no answer from http://{address}: \
             Connection refused (os error 111)"
        )
    );
    assert!(!everything(&error).contains(CANARY));
}

#[tokio::test]
async fn a_name_that_is_not_known_is_unreachable() {
    let home = Home::with("{server: 'http://nowhere.invalid:6443'}", "{}");
    let error = home.uses().await.unwrap_err();
    assert!(error.to_string().ends_with("its name is not known"), "{error}");
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
    assert!(!everything(&error).contains(CANARY));
}
