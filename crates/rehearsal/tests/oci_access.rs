//! Tokens, passwords and rights.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod oci_support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_support::*;
use rehearsal::oci::{Access, Account, Action, Profile, Registry, RegistryOptions};
use serde_json::Value;

const SECRET: &str = "planted-secret";

fn access() -> Access {
    Access::by_token()
        .account(Account::new("owner", SECRET).grant_all())
        .account(Account::new("ci", SECRET).grant("team/*", [Action::Pull, Action::Push]))
}

fn registry(access: Access) -> Registry {
    Registry::start(RegistryOptions::default().access(access)).unwrap()
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn token_document(registry: &Registry, account: Option<&str>, query: &str) -> Value {
    let authorization = account.map(|name| basic(name, SECRET));
    let client = Client { host: registry.host(), authorization };
    client.get(&format!("/token?service={}&{query}", registry.host())).expect(200).json()
}

fn client_with(registry: &Registry, account: Option<&str>, query: &str) -> Client {
    let document = token_document(registry, account, query);
    assert_eq!(document["token"], document["access_token"]);
    Client::to(registry).bearing(document["token"].as_str().unwrap())
}

#[test]
fn a_challenge_names_the_required_scope() {
    let registry = registry(access());
    let client = Client::to(&registry);
    let host = registry.host();
    let reply = client.get("/v2/").refused(401, "UNAUTHORIZED");
    let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"{host}\"");
    assert_eq!(reply.header("www-authenticate"), Some(&*challenge));
    let reply = client.send("POST", "/v2/team/app/blobs/uploads/", &[], b"");
    let reply = reply.refused(401, "UNAUTHORIZED");
    let expected = format!("{challenge},scope=\"repository:team/app:pull,push\"");
    assert_eq!(reply.header("www-authenticate"), Some(&*expected));
}

#[test]
fn a_token_is_limited_to_its_scope() {
    let registry = registry(access());
    let client = client_with(&registry, Some("ci"), "scope=repository:team/app:pull,push");
    client.get("/v2/").expect(200);
    client.push_image("team/app", "one");
    assert_eq!(client.tags("team/app"), ["one"]);
    let reply = client.get("/v2/team/other/tags/list").refused(401, "UNAUTHORIZED");
    assert!(reply.header("www-authenticate").unwrap().contains("error=\"insufficient_scope\""));
}

#[test]
fn grants_less_than_requested_without_an_error() {
    let registry = registry(access());
    let scope = "scope=repository:team/app:pull,push,delete";
    let client = client_with(&registry, Some("ci"), scope);
    let manifest = client.push_image("team/app", "one");
    let path = format!("/v2/team/app/manifests/{}", digest(&manifest));
    let reply = client.delete(&path).refused(401, "UNAUTHORIZED");
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"repository:team/app:delete\""), "{challenge}");
    let owner = client_with(&registry, Some("owner"), scope);
    owner.delete(&path).expect(202);
}

#[test]
fn a_mount_needs_both_scopes() {
    let registry = registry(access());
    let source = client_with(&registry, Some("ci"), "scope=repository:team/a:pull,push");
    let digest = source.push_blob("team/a", LAYER);
    let path = format!("/v2/team/b/blobs/uploads/?mount={digest}&from=team/a");
    let target = client_with(&registry, Some("ci"), "scope=repository:team/b:pull,push");
    let reply = target.send("POST", &path, &[], b"").refused(401, "UNAUTHORIZED");
    let expected = "scope=\"repository:team/b:pull,push repository:team/a:pull\"";
    assert!(reply.header("www-authenticate").unwrap().contains(expected));
    let scopes = "scope=repository:team/b:pull,push&scope=repository:team/a:pull";
    let client = client_with(&registry, Some("ci"), scopes);
    client.send("POST", &path, &[], b"").expect(201);
}

#[test]
fn may_read_only_the_first_scope() {
    let registry = registry(access().first_scope_only());
    let scopes = "scope=repository:team/b:pull,push&scope=repository:team/a:pull";
    let client = client_with(&registry, Some("ci"), scopes);
    client.push_blob("team/b", LAYER);
    client.get("/v2/team/a/tags/list").refused(401, "UNAUTHORIZED");
}

#[test]
fn refuses_wrong_passwords_at_the_token_endpoint() {
    let registry = registry(access());
    let authorization = Some(basic("ci", "wrong"));
    let client = Client { host: registry.host(), authorization };
    let reply = client.get("/token?scope=repository:team/app:pull").refused(401, "UNAUTHORIZED");
    assert!(!String::from_utf8(reply.body).unwrap().contains("wrong\""));
}

#[test]
fn anonymous_clients_pull_only_where_it_is_allowed() {
    let closed = registry(access());
    let client = client_with(&closed, None, "scope=repository:team/app:pull");
    client.get("/v2/team/app/tags/list").refused(401, "UNAUTHORIZED");

    let open = registry(access().anonymous_pull());
    client_with(&open, Some("ci"), "scope=repository:team/app:pull,push")
        .push_image("team/app", "one");
    let client = client_with(&open, None, "scope=repository:team/app:pull,push");
    assert_eq!(client.tags("team/app"), ["one"]);
    client.send("POST", "/v2/team/app/blobs/uploads/", &[], b"").refused(401, "UNAUTHORIZED");
}

#[test]
fn refuses_expired_tokens() {
    let registry = registry(access());
    let client = client_with(&registry, Some("ci"), "scope=repository:team/app:pull,push");
    client.push_image("team/app", "one");
    registry.expire_tokens();
    let reply = client.get("/v2/team/app/tags/list").refused(401, "UNAUTHORIZED");
    assert!(reply.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[test]
fn announces_and_keeps_the_lifetime_of_tokens() {
    let registry = registry(access().lifetime(Duration::ZERO));
    let document = token_document(&registry, Some("ci"), "scope=repository:team/app:pull");
    assert_eq!(document["expires_in"], 0);
    assert!(document["issued_at"].as_str().unwrap().ends_with('Z'));
    let client = Client::to(&registry).bearing(document["token"].as_str().unwrap());
    client.get("/v2/").refused(401, "UNAUTHORIZED");
}

#[test]
fn refreshes_by_the_oauth2_form() {
    let registry = registry(access());
    let document = token_document(&registry, Some("ci"), "offline_token=true");
    let refresh = document["refresh_token"].as_str().unwrap();
    let form = format!(
        "grant_type=refresh_token&refresh_token={refresh}&service=x&client_id=y&\
         scope=repository%3Ateam%2Fapp%3Apull%2Cpush+repository%3Aother%3Apush"
    );
    let client = Client::to(&registry);
    let document = client.send("POST", "/token", &[], form.as_bytes()).expect(200).json();
    assert_eq!(document["scope"], "repository:team/app:pull,push repository:other:");
    let token = document["access_token"].as_str().unwrap();
    client.bearing(token).push_image("team/app", "one");
    let wrong = b"grant_type=refresh_token&refresh_token=nonsense";
    client.send("POST", "/token", &[], wrong).refused(401, "UNAUTHORIZED");
}

#[test]
fn may_lack_the_oauth2_form() {
    let registry = registry(access().without_oauth2());
    Client::to(&registry).send("POST", "/token", &[], b"grant_type=password").expect(404);
}

#[test]
fn requires_a_password_with_every_request() {
    let access = Access::by_password()
        .account(Account::new("ci", SECRET).grant("team/*", [Action::Pull, Action::Push]));
    let registry = registry(access);
    let client = Client::to(&registry);
    let reply = client.get("/v2/").refused(401, "UNAUTHORIZED");
    assert!(reply.header("www-authenticate").unwrap().starts_with("Basic "));
    let ci = Client { host: registry.host(), authorization: Some(basic("ci", SECRET)) };
    let manifest = ci.push_image("team/app", "one");
    ci.get("/v2/other/tags/list").refused(403, "DENIED");
    ci.delete(&format!("/v2/team/app/manifests/{}", digest(&manifest))).refused(403, "DENIED");
}

#[test]
fn cancelling_an_upload_at_docker_hub_needs_the_delete_action() {
    let options = RegistryOptions::new(Profile::DockerHub).access(access());
    let registry = Registry::start(options).unwrap();
    let client = client_with(&registry, Some("ci"), "scope=repository:team/app:pull,push");
    let session = client.open("team/app");
    let reply = client.delete(&session).refused(401, "UNAUTHORIZED");
    let expected = "scope=\"repository:team/app:pull,push,delete\"";
    assert!(reply.header("www-authenticate").unwrap().contains(expected));
}

#[test]
fn logs_no_credentials() {
    let registry = registry(access());
    let client = client_with(&registry, Some("ci"), "scope=repository:team/app:pull");
    client.get("/v2/").expect(200);
    let log = format!("{:?} {registry:?}", registry.requests());
    let token = client.authorization.unwrap();
    for secret in [SECRET, &STANDARD.encode(format!("ci:{SECRET}")), &token["Bearer ".len()..]] {
        assert!(!log.contains(secret));
    }
    assert!(log.contains("Bearer <redacted>"));
}
