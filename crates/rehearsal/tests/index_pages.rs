//! The pages of the index, and when they change.

mod index_support;

use std::time::Duration;

use index_support::http::{HttpRequest, HttpResponse};
use index_support::{Upload, index, options};
use rehearsal::index::sample::Sample;
use rehearsal::index::{Delay, IndexState, PackageIndex, ProjectStatus};
use rehearsal::{Clock, Fault};
use serde_json::{Value, json};

const JSON: &str = "application/vnd.pypi.simple.v1+json";

fn sample() -> Sample {
    Sample::new("Greeter.App", "0.1.0").requires_python(">=3.8")
}

fn fill(index: &PackageIndex) {
    upload(index, &sample(), "0.1.0");
}

fn upload(index: &PackageIndex, sample: &Sample, version: &str) {
    for file in [sample.wheel(), sample.sdist()] {
        let upload = Upload::of(&file, "Greeter.App", version).with("requires_python", ">=3.8");
        let response = upload.send(index);
        assert_eq!(response.status, 200, "{response:?}");
    }
}

fn get(index: &PackageIndex, path: &str, accept: &str) -> HttpResponse {
    HttpRequest::new("GET", &index.url(), path).header("Accept", accept).send()
}

fn simple(index: &PackageIndex) -> Value {
    get(index, "/simple/greeter-app/", JSON).json()
}

fn filled() -> PackageIndex {
    let index = index();
    fill(&index);
    index
}

#[test]
fn the_json_page_has_every_field_of_the_api() {
    let index = filled();
    let page = simple(&index);
    assert_eq!(page["meta"], json!({ "_last-serial": index.serial(), "api-version": "1.4" }));
    assert_eq!(page["name"], "greeter-app");
    assert_eq!(page["versions"], json!(["0.1.0"]));
    assert_eq!(page["project-status"], json!({ "status": "active" }));
    assert_eq!(page["alternate-locations"], json!([]));
    let wheel = &page["files"][0];
    assert_eq!(wheel["filename"], "greeter_app-0.1.0-py3-none-any.whl");
    assert_eq!(wheel["hashes"]["sha256"], sample().wheel().sha256());
    assert_eq!(wheel["size"], sample().wheel().bytes().len());
    assert_eq!(wheel["requires-python"], ">=3.8");
    assert_eq!((&wheel["yanked"], &wheel["provenance"]), (&json!(false), &Value::Null));
    assert!(wheel["upload-time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(wheel["core-metadata"], wheel["data-dist-info-metadata"]);
    assert_eq!(page["files"][1]["core-metadata"], false);
}

#[test]
fn the_html_page_has_the_same_content_for_older_clients() {
    let index = filled();
    let response = get(&index, "/simple/greeter-app/", "text/html");
    assert_eq!(response.header("content-type"), "text/html");
    let page = response.text();
    let sha256 = sample().wheel().sha256();
    for part in [
        format!("#sha256={sha256}\" data-requires-python=\"&gt;=3.8\" data-dist-info-metadata="),
        ">greeter_app-0.1.0-py3-none-any.whl</a>".to_owned(),
        "<meta name=\"pypi:repository-version\" content=\"1.4\">".to_owned(),
        format!("<!--SERIAL {}-->", index.serial()),
    ] {
        assert!(page.contains(&part), "{part} is not in {page}");
    }
}

#[test]
fn the_representation_follows_the_accept_header() {
    let index = filled();
    for (accept, content_type) in [
        (JSON, JSON),
        ("application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+html"),
        ("*/*", "text/html"),
        ("image/png", "text/html"),
    ] {
        for path in ["/simple/", "/simple/greeter-app/"] {
            let response = get(&index, path, accept);
            assert_eq!(response.header("content-type"), content_type);
            assert_eq!(response.header("vary"), "Accept");
        }
    }
}

#[test]
fn the_list_of_projects_names_them() {
    let index = filled();
    let list = get(&index, "/simple/", JSON).json();
    assert_eq!(list["projects"][0]["name"], "Greeter.App");
    assert!(get(&index, "/simple/", "text/html").text().contains("href=\"/simple/greeter-app/\""));
}

#[test]
fn other_spellings_lead_to_the_normalised_name() {
    let index = filled();
    for (path, location) in [
        ("/simple/Greeter.App/", "/simple/greeter-app/"),
        ("/simple/greeter-app", "/simple/greeter-app/"),
        ("/simple", "/simple/"),
        ("/pypi/Greeter_App/json", "/pypi/greeter-app/json"),
    ] {
        let response = get(&index, path, JSON);
        assert_eq!((response.status, response.header("location")), (301, location));
    }
}

#[test]
fn an_unchanged_page_is_not_sent_again() {
    let index = filled();
    for path in ["/simple/greeter-app/", "/pypi/greeter-app/json"] {
        let first = get(&index, path, JSON);
        assert_eq!(first.header("x-pypi-last-serial"), index.serial().to_string());
        let again = HttpRequest::new("GET", &index.url(), path)
            .header("Accept", JSON)
            .header("If-None-Match", first.header("etag"))
            .send();
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    let before = get(&index, "/simple/greeter-app/", JSON);
    assert_eq!(before.header("cache-control"), "max-age=600, public");
    index.yank("greeter-app", "0.1.0", "");
    let after = get(&index, "/simple/greeter-app/", JSON);
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[test]
fn files_and_core_metadata_match_their_digests() {
    let index = filled();
    let page = simple(&index);
    let wheel = &page["files"][0];
    let url = wheel["url"].as_str().unwrap();
    assert_eq!(HttpRequest::get(url).send().body, sample().wheel().bytes());
    let metadata = HttpRequest::get(&format!("{url}.metadata")).send();
    assert!(metadata.text().contains("Name: Greeter.App"));
    assert_eq!(sha256(&metadata.body), wheel["core-metadata"]["sha256"].as_str().unwrap());
    let sdist = page["files"][1]["url"].as_str().unwrap();
    assert_eq!(HttpRequest::get(sdist).send().body, sample().sdist().bytes());
    assert_eq!(HttpRequest::get(&format!("{sdist}.metadata")).send().status, 404);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_json_api_serves_project_and_release() {
    let index = filled();
    upload(&index, &Sample::new("Greeter.App", "0.2.0rc1"), "0.2.0rc1");
    let project = get(&index, "/pypi/greeter-app/json", "*/*").json();
    assert_eq!(project["info"]["version"], "0.1.0", "a final release comes before a candidate");
    assert_eq!(project["last_serial"], index.serial());
    assert_eq!(project["urls"].as_array().unwrap().len(), 2);
    assert_eq!(project["releases"]["0.2.0rc1"].as_array().unwrap().len(), 2);
    let release = get(&index, "/pypi/greeter-app/0.2.0rc1/json", "*/*").json();
    let digests = &release["urls"][0]["digests"];
    assert_eq!(digests["sha256"], Sample::new("Greeter.App", "0.2.0rc1").wheel().sha256());
    assert!(release.get("releases").is_none());
    assert_eq!(get(&index, "/pypi/greeter-app/0.1/json", "*/*").json()["info"]["version"], "0.1.0");
}

#[test]
fn what_does_not_exist_is_not_found() {
    let index = filled();
    assert_eq!(get(&index, "/simple/nobody/", JSON).status, 404);
    assert_eq!(get(&index, "/pypi/nobody/json", "*/*").json(), json!({ "message": "Not Found" }));
    assert_eq!(get(&index, "/pypi/greeter-app/9/json", "*/*").status, 404);
    assert_eq!(get(&index, "/files/../etc/passwd", "*/*").status, 404);
    assert_eq!(get(&index, "/legacy/", "*/*").status, 405);
}

#[test]
fn a_yank_shows_with_its_reason_everywhere() {
    let index = filled();
    assert!(index.yank("Greeter.App", "0.1.0", "broken \"build\""));
    assert_eq!(simple(&index)["files"][0]["yanked"], "broken \"build\"");
    let html = get(&index, "/simple/greeter-app/", "text/html").text();
    assert!(html.contains("data-yanked=\"broken &#34;build&#34;\""), "{html}");
    let release = get(&index, "/pypi/greeter-app/0.1.0/json", "*/*").json();
    assert_eq!(release["info"]["yanked_reason"], "broken \"build\"");
    index.yank("greeter-app", "0.1.0", "");
    assert_eq!(simple(&index)["files"][0]["yanked"], true);
    assert!(index.unyank("greeter-app", "0.1.0"));
    assert_eq!(simple(&index)["files"][0]["yanked"], false);
    assert!(!index.yank("greeter-app", "9", ""));
}

#[test]
fn a_deleted_release_leaves_the_pages_but_its_files_stay_reachable() {
    let index = filled();
    let (before, url) = (index.serial(), simple(&index)["files"][0]["url"].clone());
    assert!(index.delete_release("greeter-app", "0.1"));
    let page = simple(&index);
    assert!(index.serial() > before);
    assert_eq!((&page["versions"], &page["files"]), (&json!([]), &json!([])));
    assert_eq!(get(&index, "/pypi/greeter-app/0.1.0/json", "*/*").status, 404);
    assert_eq!(HttpRequest::get(url.as_str().unwrap()).send().status, 200);
}

#[test]
fn a_quarantined_project_lists_nothing() {
    let index = filled();
    assert!(index.set_status("greeter-app", ProjectStatus::Quarantined, Some("malware")));
    let page = simple(&index);
    let status = json!({ "status": "quarantined", "reason": "malware" });
    assert_eq!((&page["project-status"], &page["files"]), (&status, &json!([])));
}

#[test]
fn pages_lag_behind_for_a_number_of_requests_while_the_json_api_shows_all() {
    let index = index();
    index.delay_pages(Delay::Requests(2));
    fill(&index);
    assert_eq!(get(&index, "/pypi/greeter-app/0.1.0/json", "*/*").status, 200);
    let statuses: Vec<u16> =
        (0..3).map(|_| get(&index, "/simple/greeter-app/", JSON).status).collect();
    assert_eq!(statuses, [404, 404, 200]);
    assert_eq!(get(&index, "/simple/greeter-app/", "text/html").status, 404, "a separate cache");
}

#[test]
fn pages_lag_behind_for_a_time_and_json_apart_from_html() {
    let clock = Clock::stopped_at(std::time::SystemTime::now());
    let index = PackageIndex::start(options().clock(clock.clone())).unwrap();
    fill(&index);
    let old_serial = index.serial();
    index.delay_json_pages(Delay::For(Duration::from_secs(300)));
    upload(&index, &Sample::new("Greeter.App", "0.2.0"), "0.2.0");
    let page = simple(&index);
    assert_eq!(page["versions"], json!(["0.1.0"]));
    assert_eq!(page["meta"]["_last-serial"], old_serial);
    let html = get(&index, "/simple/greeter-app/", "text/html").text();
    assert!(html.contains("greeter_app-0.2.0"), "{html}");
    clock.advance(Duration::from_secs(300));
    assert_eq!(simple(&index)["versions"], json!(["0.1.0", "0.2.0"]));
}

#[test]
fn settling_ends_every_lag() {
    let index = index();
    index.delay_pages(Delay::For(Duration::from_secs(3600)));
    fill(&index);
    assert_eq!(get(&index, "/simple/greeter-app/", JSON).status, 404);
    index.settle_pages();
    assert_eq!(simple(&index)["files"].as_array().unwrap().len(), 2);
}

#[test]
fn a_stale_fault_shows_the_page_before_the_last_upload_once() {
    let index = filled();
    index.faults().inject(Fault::stale().path_prefix("/simple/"));
    let page = simple(&index);
    assert_eq!(page["files"].as_array().unwrap().len(), 1, "the second of two files is missing");
    assert_eq!(simple(&index)["files"].as_array().unwrap().len(), 2);
}

#[test]
fn equal_contents_are_equal_states_and_survive_json() {
    let (first, second) = (filled(), filled());
    assert_eq!(first.state(), second.state());
    let text = serde_json::to_string(&first.state()).unwrap();
    assert_eq!(serde_json::from_str::<IndexState>(&text).unwrap(), first.state());
    second.yank("greeter-app", "0.1.0", "");
    assert_ne!(first.state(), second.state());
}
