//! Releases and their assets.

mod forge_support;

use forge_support::http::HttpRequest;
use forge_support::{
    READER, WRITER, draft, errors, forge, options, release, request, request_as, upload,
};
use rehearsal::Fault;
use rehearsal::forge::{Forge, ForgeState};
use serde_json::{Value, json};

fn patch(forge: &Forge, release: &Value, fields: &Value) -> forge_support::http::HttpResponse {
    request(forge, "PATCH", &format!("/releases/{}", release["id"])).json(fields).send()
}

fn get(forge: &Forge, path: &str) -> forge_support::http::HttpResponse {
    request(forge, "GET", path).send()
}

#[test]
fn a_release_has_the_fields_that_clients_read() {
    let forge = forge();
    let response = request(&forge, "POST", "/releases")
        .json(&json!({ "tag_name": "v1", "name": "One", "body": "notes", "prerelease": true }))
        .send();
    let created = response.json();
    assert_eq!(
        (response.status, response.header("location")),
        (201, created["url"].as_str().unwrap())
    );
    assert_eq!((&created["name"], &created["body"]), (&json!("One"), &json!("notes")));
    assert_eq!((&created["draft"], &created["prerelease"]), (&json!(false), &json!(true)));
    assert_eq!(created["target_commitish"], "main");
    assert!(created["html_url"].as_str().unwrap().ends_with("/releases/tag/v1"));
    assert!(created["upload_url"].as_str().unwrap().ends_with("/assets{?name,label}"));
    assert_eq!(created["author"]["login"], "octo");
    assert!(created["published_at"].is_string());
    assert_eq!(get(&forge, &format!("/releases/{}", created["id"])).json(), created);
}

#[test]
fn a_draft_is_not_found_by_its_tag_until_it_is_published() {
    let forge = forge();
    let created = draft(&forge, "v1");
    assert!(created["html_url"].as_str().unwrap().contains("/untagged-"));
    assert_eq!(created["published_at"], Value::Null);
    assert_eq!(get(&forge, "/releases/tags/v1").status, 404);
    assert!(forge.state().tags.is_empty());
    let published = patch(&forge, &created, &json!({ "draft": false }));
    assert_eq!((published.status, &published.json()["id"]), (200, &created["id"]));
    assert_eq!(get(&forge, "/releases/tags/v1").json()["id"], created["id"]);
    assert!(forge.state().tags.contains_key("v1"));
}

#[test]
fn drafts_are_seen_by_those_who_may_push() {
    let forge = forge();
    let created = draft(&forge, "v1");
    for (token, count, status) in [(Some(WRITER), 1, 200), (Some(READER), 0, 404), (None, 0, 404)] {
        let list = request_as(&forge, "GET", "/repos/octo/greeter/releases", token).send();
        assert_eq!(list.json().as_array().map(Vec::len), Some(count));
        let path = format!("/repos/octo/greeter/releases/{}", created["id"]);
        assert_eq!(request_as(&forge, "GET", &path, token).send().status, status);
    }
}

#[test]
fn a_tag_has_one_release() {
    let forge = forge();
    release(&forge, json!({ "tag_name": "v1" }));
    let second = request(&forge, "POST", "/releases").json(&json!({ "tag_name": "v1" })).send();
    assert_eq!(
        errors(&second),
        json!([{ "resource": "Release", "code": "already_exists", "field": "tag_name" }])
    );
    let draft = draft(&forge, "v1");
    assert_eq!(patch(&forge, &draft, &json!({ "draft": false })).status, 422);
}

#[test]
fn latest_is_never_a_backport_a_candidate_or_a_draft() {
    let forge = forge();
    assert_eq!(get(&forge, "/releases/latest").status, 404);
    release(&forge, json!({ "tag_name": "v2" }));
    release(&forge, json!({ "tag_name": "v1.1", "make_latest": "false" }));
    release(&forge, json!({ "tag_name": "v3rc1", "prerelease": true }));
    draft(&forge, "v4");
    assert_eq!(get(&forge, "/releases/latest").json()["tag_name"], "v2");
    let backport = get(&forge, "/releases/tags/v1.1").json();
    patch(&forge, &backport, &json!({ "make_latest": "true" }));
    assert_eq!(get(&forge, "/releases/latest").json()["tag_name"], "v1.1");
}

#[test]
fn lists_come_in_pages_newest_first() {
    let forge = forge();
    for number in 1..=5 {
        release(&forge, json!({ "tag_name": format!("v{number}") }));
    }
    let first = get(&forge, "/releases?per_page=2");
    assert_eq!(first.json()[0]["tag_name"], "v5");
    let next = first.header("link").split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    assert!(first.header("link").contains("rel=\"next\""), "{first:?}");
    let second = HttpRequest::get(&next).header("User-Agent", "test").send();
    assert_eq!(second.json()[0]["tag_name"], "v3");
    assert!(second.header("link").contains("rel=\"prev\""));
    assert_eq!(get(&forge, "/releases?per_page=2&page=3").json().as_array().map(Vec::len), Some(1));
}

#[test]
fn a_deleted_release_leaves_its_tag() {
    let forge = forge();
    let created = release(&forge, json!({ "tag_name": "v1" }));
    let path = format!("/releases/{}", created["id"]);
    assert_eq!(request(&forge, "DELETE", &path).send().status, 204);
    assert_eq!(request(&forge, "DELETE", &path).send().status, 404);
    let state = forge.state();
    assert!(state.releases.is_empty() && state.tags.contains_key("v1"));
}

#[test]
fn a_release_must_be_json_and_name_a_valid_tag() {
    let forge = forge();
    let nonsense = request(&forge, "POST", "/releases").body(b"{nonsense".to_vec()).send();
    assert_eq!(
        (nonsense.status, &nonsense.json()["message"]),
        (400, &json!("Problems parsing JSON"))
    );
    let bad = request(&forge, "POST", "/releases").json(&json!({ "tag_name": "a b" })).send();
    assert_eq!(errors(&bad)[0]["message"], "tag_name is not a valid tag");
    let none = request(&forge, "POST", "/releases").json(&json!({})).send();
    assert_eq!(errors(&none)[0]["code"], "missing_field");
}

#[test]
fn an_asset_is_uploaded_listed_and_downloaded_with_its_digest() {
    let forge = forge();
    let created = draft(&forge, "v1");
    let response = upload(&created, "greeter-0.1.0.tar.gz", b"abc");
    let asset = response.json();
    assert_eq!(response.status, 201);
    assert_eq!((&asset["state"], &asset["size"]), (&json!("uploaded"), &json!(3)));
    assert_eq!(asset["content_type"], "application/gzip");
    assert_eq!(
        asset["digest"],
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let list = get(&forge, &format!("/releases/{}/assets", created["id"])).json();
    assert_eq!(list, json!([asset]));
    assert_eq!(get(&forge, &format!("/releases/{}", created["id"])).json()["assets"], list);
    let bytes = get_bytes(&forge, &asset);
    assert_eq!(bytes, b"abc");
}

fn get_bytes(forge: &Forge, asset: &Value) -> Vec<u8> {
    let response = request(forge, "GET", &format!("/releases/assets/{}", asset["id"]))
        .header("Accept", "application/octet-stream")
        .send();
    assert_eq!(response.status, 302);
    HttpRequest::get(response.header("location")).send().body
}

#[test]
fn published_releases_can_be_downloaded_and_drafts_cannot() {
    let forge = forge();
    let created = draft(&forge, "v1");
    let asset = upload(&created, "a.txt", b"abc").json();
    let address = asset["browser_download_url"].as_str().unwrap_or_default();
    assert_eq!(HttpRequest::get(address).send().status, 404);
    patch(&forge, &created, &json!({ "draft": false }));
    let response = HttpRequest::get(address).send();
    assert_eq!(response.status, 302);
    assert_eq!(HttpRequest::get(response.header("location")).send().body, b"abc");
}

#[test]
fn the_storage_refuses_a_token_that_was_passed_on() {
    let forge = forge();
    let created = release(&forge, json!({ "tag_name": "v1" }));
    let asset = upload(&created, "a.txt", b"abc").json();
    let response =
        HttpRequest::get(asset["browser_download_url"].as_str().unwrap_or_default()).send();
    let leaking = HttpRequest::get(response.header("location"))
        .header("Authorization", &format!("Bearer {WRITER}"));
    assert_eq!(leaking.send().status, 400);
}

#[test]
fn an_asset_name_is_taken_once_and_loses_special_characters() {
    let forge = forge();
    let created = draft(&forge, "v1");
    assert_eq!(upload(&created, "a%20b%20(1).txt", b"x").json()["name"], "a.b.1.txt");
    assert_eq!(
        errors(&upload(&created, "a%20b%20(1).txt", b"y")),
        json!([{ "resource": "ReleaseAsset", "code": "already_exists", "field": "name" }])
    );
    assert_eq!(errors(&upload(&created, "", b"y"))[0]["code"], "missing_field");
    assert_eq!(errors(&upload(&created, "empty", b""))[0]["field"], "size");
}

#[test]
fn an_asset_is_renamed_and_deleted() {
    let forge = forge();
    let created = draft(&forge, "v1");
    let asset = upload(&created, "a.txt", b"x").json();
    upload(&created, "b.txt", b"y");
    let path = format!("/releases/assets/{}", asset["id"]);
    let taken = request(&forge, "PATCH", &path).json(&json!({ "name": "b.txt" })).send();
    assert_eq!(errors(&taken)[0]["code"], "already_exists");
    let renamed =
        request(&forge, "PATCH", &path).json(&json!({ "name": "c.txt", "label": "C" })).send();
    assert_eq!((&renamed.json()["name"], &renamed.json()["label"]), (&json!("c.txt"), &json!("C")));
    assert_eq!(request(&forge, "DELETE", &path).send().status, 204);
    assert_eq!(get(&forge, &path).status, 404);
    assert_eq!(upload(&created, "a.txt", b"again").status, 201);
}

#[test]
fn an_interrupted_upload_leaves_a_starter_that_occupies_its_name() {
    use std::io::Write as _;
    let forge = forge();
    let created = draft(&forge, "v1");
    let host = forge.url().trim_start_matches("http://").to_owned();
    if let Ok(mut stream) = std::net::TcpStream::connect(host) {
        let head = format!(
            "POST /uploads/repos/octo/greeter/releases/{}/assets?name=a.txt HTTP/1.1\r\n\
             Host: x\r\nUser-Agent: test\r\nAuthorization: Bearer {WRITER}\r\nContent-Length: 1000\r\n\r\nhalf",
            created["id"]
        );
        assert!(stream.write_all(head.as_bytes()).is_ok());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let path = format!("/releases/{}/assets", created["id"]);
    for _ in 0..100 {
        if get(&forge, &path).json()[0]["state"] == "starter" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let starter = get(&forge, &path).json()[0].clone();
    assert_eq!((&starter["state"], &starter["digest"]), (&json!("starter"), &Value::Null));
    assert_eq!(errors(&upload(&created, "a.txt", b"whole"))[0]["code"], "already_exists");
    request(&forge, "DELETE", &format!("/releases/assets/{}", starter["id"])).send();
    assert_eq!(upload(&created, "a.txt", b"whole").status, 201);
}

#[test]
fn a_lost_response_has_created_the_release() {
    let forge = forge();
    let lost = forge.faults().inject(Fault::lost_response().method("POST"));
    let fields = json!({ "tag_name": "v1", "draft": true });
    assert!(request(&forge, "POST", "/releases").json(&fields).try_send().is_err());
    assert_eq!(forge.faults().triggered(&lost), 1);
    assert_eq!(forge.state().releases.len(), 1);
}

#[test]
fn an_immutable_release_keeps_its_assets_and_burns_its_tag() {
    let forge = Forge::start(options().immutable_releases());
    let Ok(forge) = forge else { panic!("the forge did not start") };
    let created = draft(&forge, "v1");
    assert_eq!(created["immutable"], false);
    let asset = upload(&created, "a.txt", b"x").json();
    assert_eq!(patch(&forge, &created, &json!({ "draft": false })).json()["immutable"], true);
    let late = upload(&created, "b.txt", b"y");
    assert_eq!(late.status, 422);
    assert_eq!(late.json()["message"], "Cannot upload assets to an immutable release.");
    let asset_path = format!("/releases/assets/{}", asset["id"]);
    assert_eq!(request(&forge, "DELETE", &asset_path).send().status, 422);
    assert_eq!(patch(&forge, &created, &json!({ "tag_name": "v2" })).status, 422);
    assert_eq!(patch(&forge, &created, &json!({ "body": "better notes" })).status, 200);
    request(&forge, "DELETE", &format!("/releases/{}", created["id"])).send();
    let again = request(&forge, "POST", "/releases").json(&json!({ "tag_name": "v1" })).send();
    assert_eq!(errors(&again)[0]["message"], "tag_name was used by an immutable release");
}

#[test]
fn equal_contents_are_equal_states_whatever_their_order() {
    let (first, second) = (forge(), forge());
    for tag in ["v1", "v2"] {
        let created = draft(&first, tag);
        upload(&created, "a.txt", b"x");
    }
    for tag in ["v2", "v1"] {
        let created = draft(&second, tag);
        upload(&created, "a.txt", b"x");
    }
    assert_eq!(first.state(), second.state());
    let text = serde_json::to_string(&first.state()).unwrap_or_default();
    assert_eq!(serde_json::from_str::<ForgeState>(&text).ok(), Some(first.state()));
    draft(&second, "v3");
    assert_ne!(first.state(), second.state());
}
