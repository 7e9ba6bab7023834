//! Who gets which answer, and limits.

mod forge_support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use forge_support::http::Call;
use forge_support::{READER, STRANGER, WRITER, as_token, call, forge, options};
use rehearsal::Clock;
use rehearsal::forge::Forge;
use serde_json::json;

const REPOSITORY: &str = "/repos/octo/greeter";

#[test]
fn says_who_a_token_belongs_to() {
    let forge = forge();
    assert_eq!(as_token(&forge, "GET", "/user", Some(READER)).send().json()["login"], "pal");
    let nobody = as_token(&forge, "GET", "/user", None).send();
    assert_eq!(
        (nobody.status, &nobody.json()["message"]),
        (401, &json!("Requires authentication"))
    );
}

#[test]
fn a_program_must_say_its_name() {
    let forge = forge();
    let answer = Call::new("GET", &forge.url(), REPOSITORY).send();
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("User-Agent"), "{answer:?}");
}

#[test]
fn a_wrong_token_is_refused_everywhere() {
    let forge = forge();
    for path in ["/user", REPOSITORY, "/repos/octo/greeter/releases"] {
        let answer = as_token(&forge, "GET", path, Some("wrong")).send();
        assert_eq!((answer.status, &answer.json()["message"]), (401, &json!("Bad credentials")));
        assert_eq!(answer.json()["status"], "401");
    }
}

#[test]
fn the_repository_tells_what_the_caller_may_do() {
    let forge = forge();
    let permissions = |token| {
        let answer = as_token(&forge, "GET", REPOSITORY, Some(token)).send();
        let document = answer.json();
        assert_eq!(document["full_name"], "octo/greeter");
        (document["permissions"]["push"].clone(), document["permissions"]["pull"].clone())
    };
    assert_eq!(permissions(WRITER), (json!(true), json!(true)));
    assert_eq!(permissions(READER), (json!(false), json!(true)));
    assert_eq!(permissions(STRANGER), (json!(false), json!(true)));
    let anonymous = as_token(&forge, "GET", REPOSITORY, None).send();
    assert!(anonymous.json().get("permissions").is_none());
}

#[test]
fn a_private_repository_does_not_exist_for_strangers() {
    let forge = Forge::start(options().private()).unwrap();
    for (token, status) in
        [(Some(WRITER), 200), (Some(READER), 200), (Some(STRANGER), 404), (None, 404)]
    {
        for path in [REPOSITORY, "/repos/octo/greeter/releases"] {
            assert_eq!(as_token(&forge, "GET", path, token).send().status, status, "{token:?}");
        }
    }
    let other = as_token(&forge, "GET", "/repos/octo/other", Some(WRITER)).send();
    assert_eq!((other.status, &other.json()["message"]), (404, &json!("Not Found")));
}

#[test]
fn writing_needs_the_right_to_push() {
    let forge = forge();
    let create = |token| {
        let wish = json!({ "tag_name": "v1", "draft": true });
        as_token(&forge, "POST", "/repos/octo/greeter/releases", token).json(&wish).send().status
    };
    assert_eq!(create(None), 401);
    assert_eq!(create(Some(READER)), 403);
    assert_eq!(create(Some(WRITER)), 201);
}

#[test]
fn an_exhausted_allowance_says_when_it_comes_back() {
    let clock = Clock::stopped_at(SystemTime::now());
    let forge = Forge::start(options().clock(clock.clone())).unwrap();
    let before = call(&forge, "GET", "").send();
    assert_eq!(before.header("x-ratelimit-remaining"), "4999");
    forge.exhaust_rate_limit(Duration::from_secs(60));
    let refused = call(&forge, "GET", "").send();
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, "0"));
    assert!(refused.text().contains("API rate limit exceeded"));
    let resets: u64 = refused.header("x-ratelimit-reset").parse().unwrap();
    let now = clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(resets, now + 60);
    clock.advance(Duration::from_secs(60));
    assert_eq!(call(&forge, "GET", "").send().status, 200);
}

#[test]
fn the_secondary_limit_says_how_long_to_wait() {
    let forge = forge();
    forge.limit_secondary(1, Duration::from_secs(7));
    let refused = call(&forge, "POST", "/releases").json(&json!({ "tag_name": "v1" })).send();
    assert_eq!((refused.status, refused.header("retry-after")), (403, "7"));
    assert!(refused.text().contains("secondary rate limit"));
    assert!(forge.state().releases.is_empty());
    assert_eq!(call(&forge, "GET", "").send().status, 200);
}
