//! Authentication, permissions and rate limits.

mod forge_support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use forge_support::http::HttpRequest;
use forge_support::{READER, STRANGER, WRITER, forge, options, request, request_as};
use rehearsal::Clock;
use rehearsal::forge::Forge;
use serde_json::json;

const REPOSITORY: &str = "/repos/octo/greeter";

#[test]
fn a_token_identifies_its_account() {
    let forge = forge();
    assert_eq!(request_as(&forge, "GET", "/user", Some(READER)).send().json()["login"], "pal");
    let anonymous = request_as(&forge, "GET", "/user", None).send();
    assert_eq!(
        (anonymous.status, &anonymous.json()["message"]),
        (401, &json!("Requires authentication"))
    );
}

#[test]
fn a_request_needs_a_user_agent() {
    let forge = forge();
    let response = HttpRequest::new("GET", &forge.url(), REPOSITORY).send();
    assert_eq!(response.status, 403);
    assert!(response.text().contains("User-Agent"), "{response:?}");
}

#[test]
fn a_wrong_token_is_refused_everywhere() {
    let forge = forge();
    for path in ["/user", REPOSITORY, "/repos/octo/greeter/releases"] {
        let response = request_as(&forge, "GET", path, Some("wrong")).send();
        assert_eq!(
            (response.status, &response.json()["message"]),
            (401, &json!("Bad credentials"))
        );
        assert_eq!(response.json()["status"], "401");
    }
}

#[test]
fn the_repository_lists_the_permissions_of_the_caller() {
    let forge = forge();
    for (token, push, pull) in
        [(WRITER, true, true), (READER, false, true), (STRANGER, false, true)]
    {
        let document = request_as(&forge, "GET", REPOSITORY, Some(token)).send().json();
        assert_eq!(document["full_name"], "octo/greeter");
        let permissions = &document["permissions"];
        assert_eq!((&permissions["push"], &permissions["pull"]), (&json!(push), &json!(pull)));
    }
    let anonymous = request_as(&forge, "GET", REPOSITORY, None).send();
    assert!(anonymous.json().get("permissions").is_none());
}

#[test]
fn a_private_repository_does_not_exist_for_strangers() {
    let forge = Forge::start(options().private()).unwrap();
    for (token, status) in
        [(Some(WRITER), 200), (Some(READER), 200), (Some(STRANGER), 404), (None, 404)]
    {
        for path in [REPOSITORY, "/repos/octo/greeter/releases"] {
            assert_eq!(request_as(&forge, "GET", path, token).send().status, status, "{token:?}");
        }
    }
    let other = request_as(&forge, "GET", "/repos/octo/other", Some(WRITER)).send();
    assert_eq!((other.status, &other.json()["message"]), (404, &json!("Not Found")));
}

#[test]
fn writing_needs_the_right_to_push() {
    let forge = forge();
    let fields = json!({ "tag_name": "v1", "draft": true });
    for (token, status) in [(None, 401), (Some(READER), 403), (Some(WRITER), 201)] {
        let request = request_as(&forge, "POST", "/repos/octo/greeter/releases", token);
        assert_eq!(request.json(&fields).send().status, status);
    }
}

#[test]
fn an_exhausted_rate_limit_announces_its_reset() {
    let clock = Clock::stopped_at(SystemTime::now());
    let forge = Forge::start(options().clock(clock.clone())).unwrap();
    let before = request(&forge, "GET", "").send();
    assert_eq!(before.header("x-ratelimit-remaining"), "4999");
    forge.exhaust_rate_limit(Duration::from_secs(60));
    let refused = request(&forge, "GET", "").send();
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, "0"));
    assert!(refused.text().contains("API rate limit exceeded"));
    let resets: u64 = refused.header("x-ratelimit-reset").parse().unwrap();
    let now = clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(resets, now + 60);
    clock.advance(Duration::from_secs(60));
    assert_eq!(request(&forge, "GET", "").send().status, 200);
}

#[test]
fn the_secondary_limit_announces_the_wait() {
    let forge = forge();
    forge.limit_secondary(1, Duration::from_secs(7));
    let refused = request(&forge, "POST", "/releases").json(&json!({ "tag_name": "v1" })).send();
    assert_eq!((refused.status, refused.header("retry-after")), (403, "7"));
    assert!(refused.text().contains("secondary rate limit"));
    assert!(forge.state().releases.is_empty());
    assert_eq!(request(&forge, "GET", "").send().status, 200);
}
