//! Going back.

use super::site::Site;

/// Versions 1, 2 and 3 were deployed, and the registry is gone.
fn three() -> Site {
    let mut site = Site::started();
    for version in ["2", "3"] {
        site.publish(&format!("demo/api:{version}"), version, "good");
        site.deploy(&[version]).exits(0);
    }
    site.registry.stop();
    site
}

fn points(site: &Site) -> Vec<serde_json::Value> {
    let listed = site.rollback(&["--list", "--format", "json"]).exits(0).stdout;
    let report = listed.lines().find(|line| line.contains("points")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    fn find(value: &serde_json::Value) -> Option<Vec<serde_json::Value>> {
        let own = value.get("points").and_then(|points| points.as_array().cloned());
        own.or_else(|| value.as_object()?.values().find_map(find))
    }
    find(&report).expect("points")
}

#[test]
fn the_last_good_version_comes_back_without_a_registry_and_twice_is_there_and_back() {
    let site = three();
    site.rollback(&[]).exits(0);
    site.assert_settled("api 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 3");
}

#[test]
fn a_version_or_a_deployment_is_named() {
    let site = three();
    site.rollback(&["1"]).exits(0);
    site.assert_settled("api 1");
    let points = points(&site);
    assert_eq!(points.len(), 4, "{points:?}");
    assert_eq!(points[0]["is_current"], true);
    // The newest first: rolled back, 3, 2, before.
    let second = points[2]["id"].as_str().unwrap();
    site.rollback(&[second]).exits(0);
    site.assert_settled("api 2");
    site.rollback(&["9"]).exits(4).prints("no earlier deployment is or has 9");
    site.assert_settled("api 2");
}

#[track_caller]
fn assert_no_nanoseconds(shown: &str) {
    let fraction = regex::Regex::new(r"\d\d:\d\d:\d\d\.\d").unwrap();
    assert!(!fraction.is_match(shown), "{shown}");
}

/// One content may be in several repositories.
#[test]
fn an_image_is_shown_by_the_name_that_its_service_has() {
    let site = Site::started();
    let registry = format!("127.0.0.1:{}", site.registry.port);
    for name in ["aaa/api:1", "zzz/api:1"] {
        site.publish(name, "1", "good");
        site.docker(&["pull", "--quiet", &format!("{registry}/{name}")]);
    }
    let shown = site.program("deployment-status", &[]).exits(0);
    shown.prints(&format!(" {registry}/demo/api:1 (sha256:"));
}

#[test]
fn what_can_be_gone_back_to_is_listed_with_its_state() {
    let site = three();
    let listed = site.rollback(&["--list"]).exits(0);
    let listed = listed.prints("demo/api:3").prints("should serve now");
    listed.prints("demo/api:1").prints("can be brought back");
    // A tag such as `latest` would not tell them apart.
    let listed = site.rollback(&["--list"]).exits(0).stdout;
    let digest =
        regex::Regex::new(r"api: 127.0.0.1:\d+/demo/api:\d \((sha256:|image )[0-9a-f]{12}\)");
    assert_eq!(digest.unwrap().find_iter(&listed).count(), 3, "{listed}");
    let time = regex::Regex::new(r" \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ").unwrap();
    assert_eq!(time.find_iter(&listed).count(), 3, "{listed}");
    for arguments in [&["--list", "--format", "json"][..], &["--list"]] {
        assert_no_nanoseconds(&site.rollback(arguments).exits(0).stdout);
    }
    for arguments in [&["--format", "json"][..], &[]] {
        assert_no_nanoseconds(&site.program("deployment-status", arguments).exits(0).stdout);
    }
    let nothing = Site::started();
    nothing.rollback(&["--list"]).exits(0).prints("Nothing was deployed yet.");
    nothing.rollback(&[]).exits(4).prints("nothing was deployed yet");
    nothing.assert_settled("api 1");
}

/// The container that runs is not touched.
#[test]
fn a_rollback_to_an_image_that_is_gone_is_refused() {
    let site = three();
    site.untag("demo/api", &site.ways_back("demo/api"));
    site.untag("demo/api", &["2".to_owned()]);
    let ids = site.docker(&[
        "images",
        "--quiet",
        "--filter",
        "dangling=true",
        "--filter",
        &format!("label=site={}", site.name),
    ]);
    let ids: Vec<&str> = ids.lines().collect();
    if !ids.is_empty() {
        site.docker(&[&["rmi", "--force"], &ids[..]].concat());
    }
    let before = site.containers();
    site.rollback(&["2"]).exits(4).prints("is no longer on this engine");
    assert_eq!(site.containers(), before);
    site.rollback(&["--list"]).exits(0).prints("the image of api is gone");
    site.assert_settled("api 3");
}

/// The version to go back to was good then, and is not now.
#[test]
fn a_rollback_that_does_not_become_healthy_is_undone() {
    let site = three();
    let check = "health = { http = '/', port = 8080, timeout = '2s', body = 'version 3' }";
    site.configure(&format!("[deploy]\nsoak = '0s'\n{check}\n"));
    site.rollback(&[]).exits(1).prints("without `version 3`");
    site.assert_settled("api 3");
}
