//! The profile `DockerHub`: its registry and its API on one address.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod oci_support;

use std::time::Duration;

use oci_support::*;
use rehearsal::Fault;
use rehearsal::oci::{
    Access, Account, Action, ApiLimit, Profile, PullLimit, Registry, RegistryOptions,
};
use serde_json::{Value, json};

const TAGS: &str = "/v2/namespaces/team/repositories/app/tags";

fn hub() -> RegistryOptions {
    RegistryOptions::new(Profile::DockerHub)
}

fn with_accounts() -> Registry {
    let access = Access::by_token()
        .anonymous_pull()
        .account(Account::new("owner", "secret").grant_all())
        .account(Account::new("ci", "secret").grant("team/*", [Action::Pull, Action::Push]));
    let registry = Registry::start(hub().access(access)).unwrap();
    registry.add_blob("team/app", CONFIG);
    registry.add_blob("team/app", LAYER);
    for tag in ["1.0", "latest"] {
        let manifest = image(OCI_MANIFEST, "same");
        registry.add_manifest("team/app", Some(tag), OCI_MANIFEST, manifest).unwrap();
    }
    registry
}

fn login(registry: &Registry, name: &str) -> Client {
    let body = json!({"identifier": name, "secret": "secret"}).to_string();
    let client = Client::to(registry);
    let reply = client.send("POST", "/v2/auth/token", &[], body.as_bytes()).expect(200);
    client.bearing(reply.json()["access_token"].as_str().unwrap())
}

fn names(document: &Value) -> Vec<&str> {
    let results = document["results"].as_array().unwrap();
    results.iter().map(|result| result["name"].as_str().unwrap()).collect()
}

#[test]
fn refuses_to_delete_by_tag_and_what_something_refers_to() {
    let registry = Registry::start(hub()).unwrap();
    let client = Client::to(&registry);
    let manifest = client.push_image("team/app", "one");
    let index = index(OCI_INDEX, &[(OCI_MANIFEST, &manifest, "arm64")]);
    client.put("team/app", "many", OCI_INDEX, &index).expect(201);
    let manifest_path = format!("/v2/team/app/manifests/{}", digest(&manifest));

    client.delete("/v2/team/app/manifests/one").refused(405, "UNSUPPORTED");
    client.delete(&manifest_path).refused(403, "DENIED");
    client.delete("/v2/repositories/team/app/tags/one/").expect(204);
    client.delete(&manifest_path).refused(403, "DENIED");
    client.delete("/v2/repositories/team/app/tags/many/").expect(204);
    client.delete(&format!("/v2/team/app/manifests/{}", digest(&index))).expect(202);
    client.delete(&manifest_path).expect(202);
}

#[test]
fn deletes_one_tag_and_leaves_its_siblings_and_the_manifest() {
    let registry = with_accounts();
    let owner = login(&registry, "owner");
    owner.delete("/v2/repositories/team/app/tags/latest/").expect(204);
    owner.delete("/v2/repositories/team/app/tags/latest/").expect(404);
    assert_eq!(registry.state().tags("team/app"), ["1.0"]);
    assert_eq!(registry.state().repositories["team/app"].manifests.len(), 1);
}

#[test]
fn only_accounts_with_the_delete_action_delete_tags() {
    let registry = with_accounts();
    let path = "/v2/repositories/team/app/tags/latest/";
    Client::to(&registry).delete(path).expect(401);
    let reply = login(&registry, "ci").delete(path).expect(403);
    assert_eq!(reply.json()["message"], "insufficient scope");
    let body = br#"{"identifier": "ci", "secret": "wrong"}"#;
    Client::to(&registry).send("POST", "/v2/auth/token", &[], body).expect(401);
    assert_eq!(registry.state().tags("team/app").len(), 2);
}

#[test]
fn api_tokens_end() {
    let registry = with_accounts();
    let owner = login(&registry, "owner");
    let token = owner.authorization.clone().unwrap();
    assert_eq!(token.split('.').count(), 3, "shaped like a web token");
    registry.expire_tokens();
    owner.delete("/v2/repositories/team/app/tags/latest/").expect(401);
    login(&registry, "owner").delete("/v2/repositories/team/app/tags/latest/").expect(204);
}

#[test]
fn supports_the_deprecated_login() {
    let registry = with_accounts();
    let body = br#"{"username": "ci", "password": "secret"}"#;
    let reply = Client::to(&registry).send("POST", "/v2/users/login", &[], body).expect(200);
    assert!(reply.json()["token"].is_string());
}

#[test]
fn shows_a_tag_with_its_images() {
    let registry = with_accounts();
    let client = Client::to(&registry);
    let tag = client.get(&format!("{TAGS}/1.0")).expect(200).json();
    assert_eq!(tag["name"], "1.0");
    assert_eq!(tag["digest"], digest(&image(OCI_MANIFEST, "same")));
    assert_eq!(tag["media_type"], OCI_MANIFEST);
    assert_eq!(tag["tag_status"], "active");
    assert_eq!(tag["tag_last_pulled"], Value::Null);
    assert_eq!(tag["images"][0]["architecture"], "arm64");
    assert_eq!(tag["images"][0]["os"], "linux");
    assert_eq!(tag["full_size"], CONFIG.len() + LAYER.len());
    client.send("HEAD", &format!("{TAGS}/1.0"), &[], b"").expect(200);
    client.get(&format!("{TAGS}/2.0")).expect(404);
}

#[test]
fn records_pulls() {
    let registry = Registry::start(hub()).unwrap();
    let client = Client::to(&registry);
    client.push_image("team/app", "one");
    client.read("HEAD", "team/app", "one").expect(200);
    let path = format!("{TAGS}/one");
    assert_eq!(client.get(&path).expect(200).json()["tag_last_pulled"], Value::Null);
    client.read("GET", "team/app", "one").expect(200);
    assert!(client.get(&path).expect(200).json()["tag_last_pulled"].is_string());
    let repository = client.get("/v2/namespaces/team/repositories/app").expect(200).json();
    assert_eq!(repository["pull_count"], 1);
}

#[test]
fn shows_an_index_with_one_image_for_each_platform() {
    let registry = Registry::start(hub()).unwrap();
    let client = Client::to(&registry);
    let manifest = client.push_image("team/app", "one");
    let children = [(OCI_MANIFEST, &manifest[..], "arm64"), (OCI_MANIFEST, &manifest, "riscv64")];
    let index = index(OCI_INDEX, &children);
    client.put("team/app", "many", OCI_INDEX, &index).expect(201);
    let tag = client.get(&format!("{TAGS}/many")).expect(200).json();
    assert_eq!(tag["digest"], digest(&index));
    assert_eq!(tag["images"][1]["architecture"], "riscv64");
}

#[test]
fn pages_tags_newest_first() {
    let registry = Registry::start(hub()).unwrap();
    let client = Client::to(&registry);
    let manifest = client.push_image("team/app", "t00");
    for number in 1..25 {
        client.put("team/app", &format!("t{number:02}"), OCI_MANIFEST, &manifest).expect(201);
    }
    let first = client.get(TAGS).expect(200).json();
    assert_eq!((first["count"].as_u64(), names(&first).len()), (Some(25), 10));
    assert_eq!(names(&first)[0], "t24");
    assert_eq!(first["previous"], Value::Null);
    let next = first["next"].as_str().unwrap();
    assert!(next.starts_with(&registry.url()), "{next}");
    let second = client.get(next).expect(200).json();
    assert_eq!(names(&second)[0], "t14");
    let last = client.get(&format!("{TAGS}?page=2&page_size=20")).expect(200).json();
    assert_eq!((names(&last).len(), &last["next"]), (5, &Value::Null));
    let all = client.get(&format!("{TAGS}?page_size=1000")).expect(200).json();
    assert_eq!(names(&all).len(), 25);
    client.get(&format!("{TAGS}?page=4")).expect(404);
}

#[test]
fn a_stale_tag_list_can_be_served() {
    let registry = with_accounts();
    login(&registry, "owner").delete("/v2/repositories/team/app/tags/latest/").expect(204);
    registry.faults().inject(Fault::stale().path_prefix(TAGS));
    let client = Client::to(&registry);
    assert_eq!(client.get(TAGS).expect(200).json()["count"], 2);
    assert_eq!(client.get(TAGS).expect(200).json()["count"], 1);
}

#[test]
fn lists_creates_describes_and_deletes_repositories() {
    let registry = with_accounts();
    let owner = login(&registry, "owner");
    let body = json!({"name": "second", "description": "short"}).to_string();
    let path = "/v2/namespaces/team/repositories";
    owner.send("POST", path, &[], body.as_bytes()).expect(201);
    let all = owner.get(path).expect(200).json();
    assert_eq!(names(&all), ["app", "second"]);
    assert_eq!(names(&owner.get(&format!("{path}?name=sec")).expect(200).json()), ["second"]);

    let body = json!({"full_description": "# long"}).to_string();
    owner.send("PATCH", "/v2/repositories/team/second", &[], body.as_bytes()).expect(200);
    let shown = owner.get(&format!("{path}/second")).expect(200).json();
    assert_eq!(
        (&shown["description"], &shown["full_description"]),
        (&json!("short"), &json!("# long"))
    );
    owner.delete("/v2/repositories/team/second/").expect(202);
    owner.get(&format!("{path}/second")).expect(404);
}

#[test]
fn immutable_tags_can_neither_be_moved_nor_deleted() {
    let options = hub().immutable_tags("team/app", r"^v?\d+\.\d+").unwrap();
    let registry = Registry::start(options).unwrap();
    let client = Client::to(&registry);
    let first = client.push_image("team/app", "1.0");
    client.put("team/app", "latest", OCI_MANIFEST, &first).expect(201);
    let other = image(OCI_MANIFEST, "other");
    client.put("team/app", "1.0", OCI_MANIFEST, &other).refused(403, "DENIED");
    client.put("team/app", "1.0", OCI_MANIFEST, &first).expect(201);
    client.put("team/app", "latest", OCI_MANIFEST, &other).expect(201);
    client.delete("/v2/repositories/team/app/tags/1.0/").expect(403);
    client.delete("/v2/repositories/team/app/tags/latest/").expect(204);
    assert_eq!(registry.state().tags("team/app"), ["1.0"]);
}

#[test]
fn rules_for_immutable_tags_can_be_tried_and_set() {
    let registry = with_accounts();
    let owner = login(&registry, "owner");
    let path = "/v2/namespaces/team/repositories/app/immutabletags";
    let verify = format!("{path}/verify");
    let tried = owner.send("POST", &verify, &[], br#"{"regex": "^1"}"#).expect(200).json();
    assert_eq!(tried["tags"], json!(["1.0"]));
    owner.send("POST", &verify, &[], br#"{"regex": "("}"#).expect(400);
    let rules = br#"{"immutable_tags": true, "immutable_tags_rules": ["^1"]}"#;
    let shown = owner.send("PATCH", path, &[], rules).expect(200).json();
    assert_eq!(shown["immutable_tags_settings"], json!({"enabled": true, "rules": ["^1"]}));
    owner.delete("/v2/repositories/team/app/tags/1.0/").expect(403);
    login(&registry, "ci").send("PATCH", path, &[], rules).expect(403);
}

#[test]
fn counts_api_requests_and_announces_the_reset() {
    let limit = ApiLimit { requests: 2, window: Duration::from_secs(60) };
    let registry = Registry::start(hub().api_limit(limit)).unwrap();
    let client = Client::to(&registry);
    client.push_image("team/app", "one");
    let reply = client.get(TAGS).expect(200);
    assert_eq!(reply.header("x-ratelimit-limit"), Some("2"));
    assert_eq!(reply.header("x-ratelimit-remaining"), Some("1"));
    let reset: u64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
    client.get(TAGS).expect(200);
    let reply = client.get(TAGS).expect(429);
    assert_eq!(reply.header("x-retry-after").unwrap().parse(), Ok(reset));
    assert!(reset > 1_700_000_000, "a point in time, not a number of seconds");
    assert_eq!(reply.json()["detail"], "Rate limit exceeded");
}

#[test]
fn counts_pulls_but_not_head_requests() {
    let limit = PullLimit { pulls: 1, window: Duration::from_secs(21600) };
    let registry = Registry::start(hub().pull_limit(limit)).unwrap();
    let client = Client::to(&registry);
    client.push_image("team/app", "one");
    let head = client.read("HEAD", "team/app", "one").expect(200);
    assert_eq!(head.header("ratelimit-limit"), Some("1;w=21600"));
    assert_eq!(head.header("ratelimit-remaining"), Some("1;w=21600"));
    let pull = client.read("GET", "team/app", "one").expect(200);
    assert_eq!(pull.header("ratelimit-remaining"), Some("0;w=21600"));
    assert!(pull.header("docker-ratelimit-source").is_some());
    client.read("HEAD", "team/app", "one").expect(200);
    client.read("GET", "team/app", "one").refused(429, "TOOMANYREQUESTS");
}

#[test]
fn has_no_catalog() {
    let registry = Registry::start(hub()).unwrap();
    Client::to(&registry).get("/v2/_catalog").expect(404);
}
