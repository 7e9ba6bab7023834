//! Trusted publishing: from the identity token of a job to an upload.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod index_support;

use std::time::{Duration, SystemTime};

use index_support::http::{HttpRequest, HttpResponse};
use index_support::{Upload, options};
use rehearsal::Clock;
use rehearsal::index::sample::Sample;
use rehearsal::index::{PackageIndex, TrustedPublisher};
use serde_json::json;

const JOB: &str = "repo:octo/greeter:environment:release";

fn index() -> (PackageIndex, Clock) {
    let clock = Clock::stopped_at(SystemTime::now());
    let options = options()
        .audience("testpypi")
        .trusted_publisher(TrustedPublisher::new(JOB, ["greeter"]))
        .clock(clock.clone());
    (PackageIndex::start(options).unwrap(), clock)
}

fn mint(index: &PackageIndex, token: &str) -> HttpResponse {
    HttpRequest::new("POST", &index.url(), "/_/oidc/mint-token")
        .json(&json!({ "token": token }))
        .send()
}

fn minted(index: &PackageIndex) -> String {
    let response = mint(index, &index.identity_token(JOB)).json();
    response["token"].as_str().unwrap().to_owned()
}

fn wheel(name: &str) -> Upload {
    Upload::of(&Sample::new(name, "0.1.0").wheel(), name, "0.1.0")
}

#[test]
fn serves_the_audience_of_identity_tokens() {
    let (index, _) = index();
    let response = HttpRequest::new("GET", &index.url(), "/_/oidc/audience").send();
    assert_eq!(response.json(), json!({ "audience": "testpypi" }));
}

#[test]
fn a_minted_token_uploads_to_the_projects_of_its_publisher_only() {
    let (index, _) = index();
    let token = minted(&index);
    assert_eq!(wheel("greeter").token(Some(&token)).send(&index).status, 200);
    let other = wheel("other").token(Some(&token)).send(&index);
    assert_eq!(other.status, 400);
    assert!(other.reason.contains("Non-user identities cannot create new projects"), "{other:?}");
    wheel("other").send(&index);
    let other = wheel("other").token(Some(&token)).send(&index);
    assert_eq!(other.status, 403);
}

/// uv and twine do the same, but over HTTPS only, which the index does not speak.
#[test]
fn a_job_uploads_with_the_variables_of_its_environment() {
    let (index, _) = index();
    let [_, (_, url), (_, secret)] = <[_; 3]>::try_from(index.job_environment(JOB)).unwrap();
    let unknown = HttpRequest::get(&format!("{url}&audience=testpypi")).send();
    assert_eq!(unknown.status, 401);
    let identity = HttpRequest::get(&format!("{url}&audience=testpypi"))
        .header("Authorization", &format!("bearer {secret}"))
        .send()
        .json();
    let response = mint(&index, identity["value"].as_str().unwrap()).json();
    let token = response["token"].as_str().unwrap();
    assert_eq!(wheel("greeter").token(Some(token)).send(&index).status, 200);
}

#[test]
fn a_minted_token_is_valid_for_fifteen_minutes() {
    let (index, clock) = index();
    let token = minted(&index);
    clock.advance(Duration::from_secs(900));
    assert_eq!(wheel("greeter").token(Some(&token)).send(&index).status, 403);
}

#[test]
fn every_failure_has_its_code() {
    let (index, _) = index();
    let used = index.identity_token(JOB);
    assert_eq!(mint(&index, &used).json()["success"], true);
    for (token, code) in [
        (used.as_str(), "invalid-reuse-token"),
        (&index.identity_token("repo:octo/stranger"), "invalid-publisher"),
        ("not.a.token", "invalid-token"),
    ] {
        let response = mint(&index, token);
        assert_eq!((response.status, &response.json()["errors"][0]["code"]), (422, &json!(code)));
    }
    let empty = HttpRequest::new("POST", &index.url(), "/_/oidc/mint-token").send();
    assert_eq!(empty.json()["errors"][0]["code"], "invalid-payload");
}

#[test]
fn attestations_come_from_trusted_publishers_only() {
    let (index, _) = index();
    let attested = wheel("greeter").with("attestations", "[{\"version\": 1}]");
    let refused = attested.send(&index);
    assert_eq!(refused.status, 400);
    assert!(refused.reason.starts_with("Invalid attestations supplied"), "{refused:?}");
    assert_eq!(attested.token(Some(&minted(&index))).send(&index).status, 200);
    let page = HttpRequest::new("GET", &index.url(), "/simple/greeter/")
        .header("Accept", "application/vnd.pypi.simple.v1+json")
        .send()
        .json();
    let provenance = page["files"][0]["provenance"].as_str().unwrap();
    let document = HttpRequest::get(provenance).send().json();
    assert_eq!(document["attestation_bundles"][0]["attestations"][0]["version"], 1);
}
