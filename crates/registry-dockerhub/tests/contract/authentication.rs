//! Token authentication: against the embedded registry, and against scripted
//! servers where the token itself matters.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use image_ref::{ImageTag, Repository};
use registry_dockerhub::{
    AccessCheck, Anonymous, Credential, Endpoints, FixedCredentials, RegistryClient, RegistryError,
    Right,
};
use rehearsal::oci::{Access, Account, RegistryOptions};
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_string_contains, header, header_exists, method, path, query_param},
};

use crate::{
    images::{image, publish},
    test_registry::{PASSWORD, TestRegistry, client, client_for, password},
};

fn token_requests(registry: &TestRegistry) -> usize {
    let requests = registry.server().requests();
    requests.iter().filter(|request| request.path_and_query.starts_with("/token")).count()
}

#[tokio::test]
async fn one_token_serves_a_whole_operation_and_all_that_ask_at_once() {
    let access = Access::by_token().account(Account::new("me", PASSWORD).grant_all());
    let registry = TestRegistry::embedded(RegistryOptions::default().access(access), true);
    let (publisher, repository) = (registry.client(), registry.repository("team/app"));
    let digest = publish(&publisher, &repository, &image("amd64", "x"), &["1"]).await;
    assert_eq!(token_requests(&registry), 1);
    let client = registry.client();
    let targets: Vec<ImageTag> =
        (0..20).map(|number| format!("t{number}").parse().unwrap()).collect();
    let (_, outcome) = client.retag(&repository).plan_and_apply(&digest, &targets).await.unwrap();
    assert!(outcome.is_complete());
    assert_eq!(token_requests(&registry), 2);
    client.tags(&repository).list().await.unwrap();
    assert_eq!(token_requests(&registry), 2, "the wider token serves reads too");
}

#[tokio::test]
async fn a_token_that_expired_unexpectedly_is_renewed_once() {
    let registry = TestRegistry::docker_hub();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    publish(&client, &repository, &image("amd64", "x"), &["1"]).await;
    registry.server().expire_tokens();
    registry.server().clear_requests();
    client.tags(&repository).list().await.unwrap();
    assert_eq!(token_requests(&registry), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_time_is_over() {
    let short = Access::by_token()
        .account(Account::new("me", PASSWORD).grant_all())
        .lifetime(Duration::from_secs(1));
    let registry = TestRegistry::embedded(RegistryOptions::default().access(short), true);
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    publish(&client, &repository, &image("amd64", "x"), &["1"]).await;
    tokio::time::sleep(Duration::from_millis(950)).await;
    registry.server().clear_requests();
    client.tags(&repository).list().await.unwrap();
    let refused = registry.server().requests().iter().any(|r| r.status.is_some_and(|s| s == 401));
    assert!(!refused, "the old token was not sent again");
}

#[tokio::test]
async fn an_identity_token_is_exchanged_by_form_or_by_the_old_way() {
    let everything = || Account::new("me", PASSWORD).grant_all();
    let registry = TestRegistry::embedded(
        RegistryOptions::default().access(Access::by_token().account(everything())),
        true,
    );
    let identity = refresh_token_of(&registry).await;
    let credential = Credential::IdentityToken(identity.into());
    let name = registry.host().parse().unwrap();
    let client = client(FixedCredentials::new().with(name, credential));
    let check = client.access(&registry.repository("team/app")).check(&[Right::Push]).await;
    assert!(matches!(check, AccessCheck::Granted), "{check:?}");
}

/// As `docker login` in a browser gets one.
async fn refresh_token_of(registry: &TestRegistry) -> String {
    let url = format!("http://{}/token?offline_token=true", registry.host()).parse().unwrap();
    let basic =
        transport::Authorization::Basic { user: "me".to_owned(), password: PASSWORD.into() };
    let request = transport::Request::get(url).authorization(Some(basic));
    let answer = crate::test_registry::http().fetch_ok(&request, 1 << 16).await.unwrap();
    let answer: serde_json::Value = answer.json().unwrap();
    answer["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_first_scope_only_server_can_still_be_pushed_to_with_a_mount() {
    let access =
        Access::by_token().account(Account::new("me", PASSWORD).grant_all()).first_scope_only();
    let registry = TestRegistry::embedded(RegistryOptions::default().access(access), true);
    let client = registry.client();
    let [sister, repository] = ["team/base", "team/app"].map(|path| registry.repository(path));
    let layout = image("amd64", "x");
    let digest = publish(&client, &sister, &layout, &["1"]).await;
    let options =
        registry_dockerhub::PushOptions { mount_from: Some(sister), ..Default::default() };
    client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
}

/// A registry that wants a token of `realm`, and takes any.
async fn registry(realm: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v2/team/app/tags/list"))
        .and(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"tags": ["1"]})))
        .mount(&server)
        .await;
    let realm =
        if realm.starts_with('/') { format!("{}{realm}", server.uri()) } else { realm.to_owned() };
    let challenge =
        format!(r#"Bearer realm="{realm}",service="test",scope="repository:team/app:pull""#);
    Mock::given(wiremock::matchers::any())
        .respond_with(
            ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str()),
        )
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

fn repository_at(server: &MockServer) -> Repository {
    format!("{}/team/app", server.address()).parse().unwrap()
}

fn logged_in(server: &MockServer) -> RegistryClient {
    let name = server.address().to_string().parse().unwrap();
    client(FixedCredentials::new().with(name, password("me", PASSWORD)))
}

/// A token whose claims grant these actions.
fn web_token(actions: &[&str]) -> String {
    let claims =
        json!({"access": [{"type": "repository", "name": "team/app", "actions": actions}]});
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
}

async fn gives(server: &MockServer, token: serde_json::Value) {
    Mock::given(path("/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .with_priority(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_grant_smaller_than_asked_is_told_before_anything_is_sent() {
    let server = registry("/token").await;
    gives(&server, json!({"token": web_token(&["pull"])})).await;
    let check =
        logged_in(&server).access(&repository_at(&server)).check(&[Right::Pull, Right::Push]).await;
    assert!(matches!(check, AccessCheck::MissingRight(Right::Push)), "{check:?}");
}

#[tokio::test]
async fn a_refusal_names_the_right_that_the_token_lacks() {
    let server = registry("/token").await;
    gives(&server, json!({"token": web_token(&["pull"])})).await;
    let digest = image_ref::Digest::of(b"x");
    let error =
        logged_in(&server).manifests(&repository_at(&server)).delete(&digest).await.unwrap_err();
    let RegistryError::MissingRight { right, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*right, Right::Push, "the first of the missing rights");
    assert!(error.to_string().starts_with("the token lacks `push` on"), "{error}");
}

#[tokio::test]
async fn the_scopes_are_repeated_and_the_target_comes_first() {
    let server = registry("/token").await;
    gives(&server, json!({"token": "t"})).await;
    let [target, source] = ["team/app", "team/base"]
        .map(|path| format!("{}/{path}", server.address()).parse::<Repository>().unwrap());
    let digest = image_ref::Digest::of(b"x");
    let _ = logged_in(&server).uploads(&target).mount(&digest, &source).await;
    let requests: Vec<Request> = server.received_requests().await.unwrap();
    let token = requests.iter().find(|request| request.url.path() == "/token").unwrap();
    let scopes: Vec<String> = token
        .url
        .query_pairs()
        .filter(|(name, _)| name == "scope")
        .map(|(_, value)| value.into_owned())
        .collect();
    assert_eq!(scopes, ["repository:team/app:pull,push", "repository:team/base:pull"]);
}

#[tokio::test]
async fn a_hostile_realm_gets_no_credentials() {
    let thief = MockServer::start().await;
    for realm in ["http://169.254.169.254/latest", "http://10.0.0.1/token", "ftp://127.0.0.1/t"] {
        let server = registry(realm).await;
        let error = logged_in(&server).tags(&repository_at(&server)).list().await.unwrap_err();
        assert!(matches!(error, RegistryError::UntrustedRealm { .. }), "{error:?}");
    }
    assert_eq!(thief.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_redirected_token_request_does_not_carry_credentials_away() {
    let (thief, server) = (MockServer::start().await, registry("/token").await);
    let elsewhere = thief.uri().replace("127.0.0.1", "localhost");
    Mock::given(path("/token"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", elsewhere.as_str()))
        .with_priority(1)
        .mount(&server)
        .await;
    logged_in(&server).tags(&repository_at(&server)).list().await.unwrap_err();
    assert_eq!(thief.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_upload_location_on_another_host_gets_the_blob_and_no_token() {
    let (storage, server) = (MockServer::start().await, registry("/token").await);
    gives(&server, json!({"token": "canary-token"})).await;
    Mock::given(method("HEAD"))
        .and(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(404))
        .with_priority(1)
        .mount(&server)
        .await;
    let location = format!("{}/put?signature=s", storage.uri());
    Mock::given(method("POST"))
        .and(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(202).insert_header("location", location.as_str()))
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .and(query_param("signature", "s"))
        .respond_with(ResponseTemplate::new(201))
        .mount(&storage)
        .await;
    let content = oci_image::BlobContent::Bytes("blob".into());
    let digest = image_ref::Digest::of(b"blob");
    let repository = repository_at(&server);
    logged_in(&server).uploads(&repository).send(&digest, &content, |_| ()).await.unwrap();
    let received = storage.received_requests().await.unwrap();
    assert!(!received[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_registry_without_the_form_is_asked_the_old_way() {
    let server = registry("/token").await;
    Mock::given(method("POST"))
        .and(path("/token"))
        .and(body_string_contains("grant_type=refresh_token"))
        .respond_with(ResponseTemplate::new(404))
        .expect(1)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/token"))
        // `<token>:identity`
        .and(header("authorization", "Basic PHRva2VuPjppZGVudGl0eQ=="))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "t"})))
        .expect(1)
        .with_priority(1)
        .mount(&server)
        .await;
    let name = server.address().to_string().parse().unwrap();
    let credential = Credential::IdentityToken("identity".into());
    let client = client(FixedCredentials::new().with(name, credential));
    assert_eq!(client.tags(&repository_at(&server)).list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_registry_token_goes_to_the_registry_as_it_is() {
    let server = registry("/token").await;
    let name = server.address().to_string().parse().unwrap();
    let credential = Credential::RegistryToken("direct".into());
    let client = client(FixedCredentials::new().with(name, credential));
    client.tags(&repository_at(&server)).list().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.last().unwrap().headers["authorization"], "Bearer direct");
    assert!(requests.iter().all(|request| request.url.path() != "/token"));
}

#[tokio::test]
async fn token_servers_that_fail_are_told_apart() {
    let answers = [
        (
            ResponseTemplate::new(401).set_body_json(json!({"details": "incorrect username"})),
            "does not accept",
        ),
        (ResponseTemplate::new(403), "does not accept"),
        (ResponseTemplate::new(500), "failed by itself"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "does not answer like a registry"),
        (ResponseTemplate::new(200).set_body_json(json!({})), "does not answer like a registry"),
        (ResponseTemplate::new(404), "not found"),
    ];
    for (answer, words) in answers {
        let server = registry("/token").await;
        Mock::given(path("/token")).respond_with(answer).with_priority(1).mount(&server).await;
        let error = logged_in(&server).tags(&repository_at(&server)).list().await.unwrap_err();
        assert!(error.to_string().contains(words), "{error} lacks `{words}`");
    }
}

#[tokio::test]
async fn the_name_of_docker_hub_can_be_served_elsewhere() {
    let registry = TestRegistry::docker_hub();
    let publisher = registry.client();
    publish(&publisher, &registry.repository("team/app"), &image("amd64", "x"), &["1"]).await;
    let url = format!("http://{}", registry.host()).parse().unwrap();
    let hub = image_ref::Registry::docker_hub();
    let client = client_for(Endpoints::public().with(hub, url), Anonymous);
    let tags = client.tags(&"team/app".parse().unwrap()).list().await.unwrap();
    assert_eq!(tags.len(), 1);
}

/// Operations can be spawned: their futures may move between threads.
#[tokio::test]
async fn operations_can_be_spawned() {
    let registry = Arc::new(TestRegistry::spec());
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    publish(&client, &repository, &image("amd64", "x"), &["1"]).await;
    let tags = tokio::spawn(async move {
        let layout = image("amd64", "y");
        let digest = layout.entries()[0].digest.clone();
        client.push(&repository, Default::default()).layout(&layout, &digest).await.unwrap();
        client.retag(&repository).plan_and_apply(&digest, &["2".parse().unwrap()]).await.unwrap();
        client.verify_pull(&repository, &digest, &"linux/amd64".parse().unwrap()).await.unwrap();
        client.tags(&repository).list().await.unwrap()
    });
    assert_eq!(tags.await.unwrap().len(), 2);
}
