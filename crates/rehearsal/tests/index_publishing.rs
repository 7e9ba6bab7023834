//! Trusted publishing: from the identity token of a job to an upload.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod index_support;

use std::time::{Duration, SystemTime};

use index_support::http::{Answer, Call};
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

fn mint(index: &PackageIndex, token: &str) -> Answer {
    Call::new("POST", &index.url(), "/_/oidc/mint-token").json(&json!({ "token": token })).send()
}

fn minted(index: &PackageIndex) -> String {
    let answer = mint(index, &index.identity_token(JOB)).json();
    answer["token"].as_str().unwrap().to_owned()
}

fn wheel(name: &str) -> Upload {
    Upload::of(&Sample::new(name, "0.1.0").wheel(), name, "0.1.0")
}

#[test]
fn says_which_audience_an_identity_token_must_name() {
    let (index, _) = index();
    let answer = Call::new("GET", &index.url(), "/_/oidc/audience").send();
    assert_eq!(answer.json(), json!({ "audience": "testpypi" }));
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
fn a_job_finds_its_way_from_its_environment_to_an_upload() {
    let (index, _) = index();
    let [_, (_, url), (_, secret)] = <[_; 3]>::try_from(index.job_environment(JOB)).unwrap();
    let unknown = Call::get(&format!("{url}&audience=testpypi")).send();
    assert_eq!(unknown.status, 401);
    let identity = Call::get(&format!("{url}&audience=testpypi"))
        .header("Authorization", &format!("bearer {secret}"))
        .send()
        .json();
    let answer = mint(&index, identity["value"].as_str().unwrap()).json();
    let token = answer["token"].as_str().unwrap();
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
        let answer = mint(&index, token);
        assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (422, &json!(code)));
    }
    let empty = Call::new("POST", &index.url(), "/_/oidc/mint-token").send();
    assert_eq!(empty.json()["errors"][0]["code"], "invalid-payload");
}

#[test]
fn attestations_come_from_trusted_publishers_only() {
    let (index, _) = index();
    let attested = |token: &str| {
        wheel("greeter").with("attestations", "[{\"version\": 1}]").token(Some(token)).send(&index)
    };
    let refused = attested(index_support::TOKEN);
    assert_eq!(refused.status, 400);
    assert!(refused.reason.starts_with("Invalid attestations supplied"), "{refused:?}");
    assert_eq!(attested(&minted(&index)).status, 200);
    let page = Call::new("GET", &index.url(), "/simple/greeter/")
        .header("Accept", "application/vnd.pypi.simple.v1+json")
        .send()
        .json();
    let provenance = page["files"][0]["provenance"].as_str().unwrap();
    let document = Call::get(provenance).send().json();
    assert_eq!(document["attestation_bundles"][0]["attestations"][0]["version"], 1);
}
