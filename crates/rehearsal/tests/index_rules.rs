//! PyPI's rules for uploads, over HTTP.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod index_support;

use std::time::{Duration, SystemTime};

use index_support::http::HttpRequest;
use index_support::{TOKEN, Upload, basic, index, options};
use rehearsal::Clock;
use rehearsal::index::sample::Sample;
use rehearsal::index::{ApiToken, IndexOptions, PackageIndex, ProjectStatus, UploadCount};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn sample() -> Sample {
    Sample::new("greeter", "0.1.0")
}

fn wheel() -> Upload {
    Upload::of(&sample().wheel(), "greeter", "0.1.0")
}

fn sdist() -> Upload {
    Upload::of(&sample().sdist(), "greeter", "0.1.0")
}

fn count(index: &PackageIndex, filename: &str) -> (u32, u32, u32) {
    let UploadCount { stored, repeated, refused } = index.uploads()[filename];
    (stored, repeated, refused)
}

#[track_caller]
fn refused(upload: &Upload, index: &PackageIndex, status: u16, part: &str) {
    let response = upload.send(index);
    assert_eq!(response.status, status, "{response:?}");
    assert!(response.reason.contains(part), "reason phrase: {}", response.reason);
    let code = response.json()["code"].as_str().unwrap().to_owned();
    assert_eq!(code, format!("{status} {}", response.reason));
}

#[test]
fn stores_a_wheel_and_an_sdist_of_one_release() {
    let index = index();
    assert_eq!(wheel().send(&index).status, 200);
    assert_eq!(sdist().send(&index).status, 200);
    let state = index.state();
    let files = &state.projects["greeter"].releases["0.1.0"].files;
    assert_eq!(files[sample().wheel().filename()].sha256, sample().wheel().sha256());
    assert_eq!(files[sample().sdist().filename()].size, sample().sdist().bytes().len() as u64);
}

#[test]
fn the_same_bytes_again_are_accepted_without_a_change() {
    let index = index();
    wheel().send(&index);
    let (state, serial) = (index.state(), index.serial());
    let response = wheel().send(&index);
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_eq!((index.state(), index.serial()), (state, serial));
    assert_eq!(count(&index, sample().wheel().filename()), (1, 1, 0));
}

#[test]
fn other_bytes_under_a_taken_name_are_refused() {
    let index = index();
    wheel().send(&index);
    let other = Upload::of(&sample().greeting("goodbye").wheel(), "greeter", "0.1.0");
    refused(&other, &index, 400, "File already exists ('greeter-0.1.0-py3-none-any.whl', with");
    assert_eq!(count(&index, sample().wheel().filename()), (1, 0, 1));
}

#[test]
fn the_same_bytes_under_another_name_are_refused() {
    let index = index();
    wheel().send(&index);
    let renamed = wheel().named("greeter-0.1.0-py2.py3-none-any.whl");
    refused(&renamed, &index, 400, "File already exists");
}

#[test]
fn the_name_of_a_deleted_file_is_gone_for_good() {
    let index = index();
    wheel().send(&index);
    assert!(index.delete_file("greeter", sample().wheel().filename()));
    refused(&wheel(), &index, 400, "This filename was previously used by a file");
    assert!(index.delete_project("Greeter"));
    refused(&wheel(), &index, 400, "This filename was previously used by a file");
}

#[test]
fn a_release_takes_files_for_fourteen_days_and_repeats_for_ever() {
    let clock = Clock::stopped_at(SystemTime::now());
    let index = PackageIndex::start(options().clock(clock.clone())).unwrap();
    wheel().send(&index);
    clock.advance(14 * DAY);
    assert_eq!(sdist().send(&index).status, 200);
    clock.advance(Duration::from_secs(1));
    let late = Upload::of(&sample().wheel(), "greeter", "0.1.0");
    assert_eq!(late.send(&index).status, 200, "the same bytes are no new file");
    let new = Upload::of(&sample().greeting("late").wheel(), "greeter", "0.1.0")
        .named("greeter-0.1.0-1-py3-none-any.whl");
    refused(&new, &index, 400, "Uploading new files to releases older than 14 days");
}

#[test]
fn a_release_has_one_sdist() {
    let index = index();
    sdist().send(&index);
    let second = Upload::of(&sample().greeting("b").sdist(), "greeter", "0.1.0");
    refused(&second.named("greeter-0.1.tar.gz"), &index, 400, "Only one sdist may be uploaded");
}

#[test]
fn versions_that_are_equal_are_one_release() {
    let index = index();
    wheel().send(&index);
    let same = Sample::new("greeter", "0.1").wheel();
    assert_eq!(Upload::of(&same, "greeter", "0.1").send(&index).status, 200);
    assert_eq!(index.state().projects["greeter"].releases.len(), 1);
}

#[test]
fn files_and_projects_have_a_largest_size() {
    let index = PackageIndex::start(options().file_limit(1 << 20).project_limit(1 << 20)).unwrap();
    let large = Upload::of(&sample().payload((1 << 20) + 1).wheel(), "greeter", "0.1.0");
    refused(&large, &index, 400, "File too large. Limit for project 'greeter' is 1 MB.");
    let half = Upload::of(&sample().payload(1 << 19).wheel(), "greeter", "0.1.0");
    assert_eq!(half.send(&index).status, 200);
    let other_half = Upload::of(&sample().payload(1 << 19).sdist(), "greeter", "0.1.0");
    refused(&other_half, &index, 400, "Project size too large");
}

#[test]
fn every_digest_that_is_sent_must_be_right() {
    let index = index();
    let zeros = "0".repeat(64);
    for field in ["md5_digest", "sha256_digest", "blake2_256_digest"] {
        let upload = wheel().with(field, if field == "md5_digest" { "00" } else { &zeros });
        refused(&upload, &index, 400, "The digest supplied does not match");
    }
    let none = wheel().with("sha256_digest", "");
    refused(&none, &index, 400, "Include at least one message digest");
    assert!(index.state().projects.is_empty());
}

#[test]
fn metadata_and_control_fields_are_checked() {
    let index = index();
    for (field, value, part) in [
        ("metadata_version", "", "'metadata-version' is a required field"),
        ("name", "", "'' is an invalid value for Name"),
        ("version", "0.1.0+local", "The use of local versions"),
        ("filetype", "bdist_egg", "Use a known file type"),
        ("protocol_version", "2", "Unknown protocol version"),
        ("pyversion", "", "Python version is required for binary distribution uploads"),
        ("requires_dist", "x @ https://example.org/x.whl", "Can't have direct dependency"),
    ] {
        refused(&wheel().with(field, value), &index, 400, part);
    }
}

#[test]
fn file_names_must_agree_with_the_form() {
    let index = index();
    let other = wheel().with("version", "0.2.0");
    refused(&other, &index, 400, "Version in filename should be '0.2.0' not '0.1.0'.");
    let sdist = sdist().named("Greeter-0.1.0.tar.gz");
    refused(&sdist, &index, 400, "is invalid, should be 'greeter-0.1.0.tar.gz'.");
    let file = sample().wheel();
    let linux = "greeter-0.1.0-py3-none-linux_x86_64.whl";
    refused(&wheel().named(linux), &index, 400, "unsupported platform tag 'linux_x86_64'");
    assert!(!index.state().projects.contains_key("greeter"), "{}", file.filename());
}

#[test]
fn archives_must_hold_what_their_kind_needs() {
    let index = index();
    for (file, part) in [
        (sample().without("METADATA").wheel(), "does not contain the required METADATA file"),
        (sample().without("RECORD").wheel(), "does not contain the required RECORD file"),
        (sample().without("WHEEL").wheel(), "Invalid distribution file. WHEEL not found"),
        (sample().without("PKG-INFO").sdist(), "Invalid distribution file. PKG-INFO not found"),
    ] {
        refused(&Upload::of(&file, "greeter", "0.1.0"), &index, 400, part);
    }
}

#[test]
fn credentials_decide_over_rights() {
    let options = IndexOptions::default()
        .token(ApiToken::for_projects("pypi-other", ["other"]))
        .token(ApiToken::for_account(TOKEN));
    let index = PackageIndex::start(options).unwrap();
    let unknown = "Invalid or non-existent authentication information.";
    refused(&wheel().token(None), &index, 403, unknown);
    refused(&wheel().token(Some("pypi-wrong")), &index, 403, unknown);
    refused(&wheel().token(Some("pypi-other")), &index, 403, "not valid for project: 'greeter'");
    assert_eq!(wheel().send(&index).status, 200);
    let password = HttpRequest::new("POST", &index.url(), "/legacy/")
        .header("Authorization", &basic("me", "secret"))
        .send();
    assert_eq!(password.status, 403);
    assert!(password.reason.contains("Username/Password authentication is no longer supported"));
}

#[test]
fn an_index_open_to_anyone_requires_no_credentials() {
    let index = PackageIndex::start(IndexOptions::open_to_anyone()).unwrap();
    assert_eq!(wheel().token(None).send(&index).status, 200);
    assert_eq!(sdist().token(Some("anything")).send(&index).status, 200);
}

#[test]
fn new_projects_are_rate_limited_and_old_ones_are_not() {
    let index = PackageIndex::start(options().new_project_limit(1)).unwrap();
    assert_eq!(wheel().send(&index).status, 200);
    let second = Sample::new("second", "1.0").wheel();
    refused(&Upload::of(&second, "second", "1.0"), &index, 429, "Too many new projects created");
    assert_eq!(sdist().send(&index).status, 200);
}

#[test]
fn a_closed_index_and_a_closed_project_take_nothing() {
    let index = index();
    index.set_read_only(true);
    refused(&wheel(), &index, 403, "Read-only mode");
    index.set_read_only(false);
    wheel().send(&index);
    index.set_status("greeter", ProjectStatus::Archived, Some("done"));
    refused(&sdist(), &index, 403, "is archived");
}

#[test]
fn an_upload_without_the_slash_is_redirected() {
    let index = index();
    let response =
        HttpRequest::new("POST", &index.url(), "/legacy").body(vec![b'x'; 100_000]).send();
    assert_eq!((response.status, response.header("location")), (308, "/legacy/"));
    assert!(response.reason.contains("with a trailing slash"));
}

#[test]
fn an_upload_without_a_file_or_without_a_form_is_refused() {
    let index = index();
    let response = HttpRequest::new("POST", &index.url(), "/legacy/")
        .header("Authorization", &basic("__token__", TOKEN))
        .header("Content-Type", "application/json")
        .body(b"{}".to_vec())
        .send();
    assert_eq!(
        (response.status, response.reason.as_str()),
        (400, "Upload payload does not have a file.")
    );
}

#[test]
fn the_message_takes_the_form_that_the_client_accepts() {
    let index = index();
    let mut upload = wheel().token(None);
    for (accept, content_type) in [
        (Some("application/json"), "application/json"),
        (Some("*/*"), "text/html; charset=UTF-8"),
        (None, "text/plain; charset=utf-8"),
    ] {
        upload.accept = accept.map(str::to_owned);
        let response = upload.send(&index);
        assert_eq!(response.header("content-type"), content_type);
        assert!(response.text().contains("Invalid or non-existent authentication"), "{response:?}");
    }
}

/// What pypiserver accepts and PyPI refuses.
#[test]
fn a_private_index_has_few_rules_and_pages_in_html_only() {
    let index = PackageIndex::start(options().private()).unwrap();
    let plain = sample().tags("cp311-cp311-linux_x86_64").wheel();
    let private =
        Upload::of(&plain, "greeter", "0.1.0").with("classifiers", "Private :: No Upload");
    assert_eq!(private.send(&index).status, 200);
    assert_eq!(sdist().named("Greeter-0.1.0.tar.gz").send(&index).status, 200);
    let other = Upload::of(&sample().greeting("goodbye").sdist(), "greeter", "0.1.0");
    refused(&other.named("Greeter-0.1.0.tar.gz"), &index, 400, "File already exists");
    let get = |path: &str| {
        let json = "application/vnd.pypi.simple.v1+json";
        HttpRequest::new("GET", &index.url(), path).header("Accept", json).send()
    };
    assert!(
        String::from_utf8(get("/simple/greeter/").body).unwrap().starts_with("<!DOCTYPE html>")
    );
    for path in ["/pypi/greeter/json", "/pypi/greeter/0.1.0/json", "/_/oidc/audience"] {
        assert_eq!(get(path).status, 404, "{path}");
    }
}
