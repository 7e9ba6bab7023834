//! Rare responses of a forge, one by one.

use std::time::Duration;

use github::{
    AssetFile, AssetOutcome, Draft, Endpoints, GitHubClient, GitHubError, MakeLatest, Release,
};
use serde_json::{Value, json};
use transport::{HttpClient, RetryPolicy};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, header, method, path, query_param},
};

const BASE: &str = "/repos/octo/greeter";

fn client(server: &MockServer) -> GitHubClient {
    let retry = RetryPolicy {
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(1),
    };
    let http = HttpClient::new("tidegate-test/1").unwrap().with_retry(retry);
    let url: transport::Url = server.uri().parse().unwrap();
    let repository = "octo/greeter".parse().unwrap();
    let endpoints = Endpoints::at(url.clone(), Some(url));
    GitHubClient::new(http, endpoints, repository, Some("canary-token".into()))
        .with_settle_time(Duration::from_millis(1))
}

async fn on(server: &MockServer, verb: &str, endpoint: &str, response: ResponseTemplate) {
    on_times(server, verb, endpoint, response, u64::MAX).await;
}

async fn on_times(
    server: &MockServer,
    verb: &str,
    endpoint: &str,
    response: ResponseTemplate,
    times: u64,
) {
    let mock = Mock::given(method(verb)).and(path(format!("{BASE}{endpoint}")));
    let mock = mock.and(header("authorization", "Bearer canary-token"));
    let mock = mock.and(header("x-github-api-version", "2022-11-28"));
    mock.respond_with(response).up_to_n_times(times).mount(server).await;
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn status(code: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_json(body)
}

fn release(draft: bool) -> Value {
    json!({"id": 7, "tag_name": "v1", "target_commitish": "abc", "name": "v1", "body": "a\r\nb",
           "draft": draft, "html_url": "https://forge.example/7"})
}

fn draft() -> Draft {
    let text = str::to_owned;
    Draft {
        tag: text("v1"),
        target: text("abc"),
        name: text("v1"),
        body: text("a\nb"),
        prerelease: false,
    }
}

fn file(folder: &tempfile::TempDir) -> AssetFile {
    let path = folder.path().join("a.whl");
    std::fs::write(&path, "abc").unwrap();
    AssetFile::read(&path).unwrap()
}

fn asset(state: &str, content: Option<&AssetFile>) -> Value {
    let digest = content.map(|file| format!("sha256:{}", file.sha256));
    let size = content.map_or(0, |file| file.size);
    json!({"id": 9, "name": "a.whl", "size": size, "state": state, "digest": digest})
}

fn parsed(release: Value) -> Release {
    serde_json::from_value(release).unwrap()
}

#[tokio::test]
async fn a_draft_whose_response_was_lost_is_found_and_not_created_twice() {
    let server = MockServer::start().await;
    on(&server, "GET", "/releases/tags/v1", status(404, json!({"message": "Not Found"}))).await;
    on_times(&server, "GET", "/releases", ok(json!([])), 2).await;
    on(&server, "GET", "/releases", ok(json!([release(true)]))).await;
    let post = Mock::given(method("POST")).and(path(format!("{BASE}/releases")));
    post.respond_with(ResponseTemplate::new(502)).expect(1).mount(&server).await;
    assert_eq!(client(&server).releases().create_draft(&draft()).await.unwrap().id, 7);
}

#[tokio::test]
async fn a_draft_that_was_not_created_is_sent_again() {
    let server = MockServer::start().await;
    on(&server, "GET", "/releases/tags/v1", status(404, json!({}))).await;
    on(&server, "GET", "/releases", ok(json!([]))).await;
    on_times(&server, "POST", "/releases", ResponseTemplate::new(500), 1).await;
    on(&server, "POST", "/releases", status(201, release(true))).await;
    assert_eq!(client(&server).releases().create_draft(&draft()).await.unwrap().id, 7);
}

#[tokio::test]
async fn a_draft_from_an_earlier_run_is_updated() {
    let server = MockServer::start().await;
    on(&server, "GET", "/releases/tags/v1", status(404, json!({}))).await;
    on(&server, "GET", "/releases", ok(json!([release(true)]))).await;
    let patch = Mock::given(method("PATCH")).and(path(format!("{BASE}/releases/7")));
    let patch = patch.and(body_partial_json(json!({"body": "better", "draft": true})));
    patch.respond_with(ok(release(true))).expect(1).mount(&server).await;
    let client = client(&server);
    client.releases().create_draft(&draft()).await.unwrap();
    client.releases().create_draft(&Draft { body: "better".to_owned(), ..draft() }).await.unwrap();
}

#[tokio::test]
async fn several_drafts_and_a_published_release_are_refused() {
    let server = MockServer::start().await;
    on_times(&server, "GET", "/releases/tags/v1", status(404, json!({})), 1).await;
    on(&server, "GET", "/releases", ok(json!([release(true), release(true)]))).await;
    let error = client(&server).releases().create_draft(&draft()).await.unwrap_err();
    assert!(matches!(error, GitHubError::SeveralDrafts { .. }), "{error}");
    on(&server, "GET", "/releases/tags/v1", ok(release(false))).await;
    let error = client(&server).releases().create_draft(&draft()).await.unwrap_err();
    assert!(matches!(error, GitHubError::AlreadyPublished { .. }), "{error}");
}

#[tokio::test]
async fn a_draft_on_a_later_page_is_found() {
    let server = MockServer::start().await;
    on(&server, "GET", "/releases/tags/v1", status(404, json!({}))).await;
    let other = json!({"id": 1, "tag_name": "v0", "draft": false, "html_url": ""});
    let first = Mock::given(query_param("page", "1")).and(path(format!("{BASE}/releases")));
    first.respond_with(ok(json!(vec![other; 100]))).mount(&server).await;
    let second = Mock::given(query_param("page", "2")).and(path(format!("{BASE}/releases")));
    second.respond_with(ok(json!([release(true)]))).mount(&server).await;
    assert_eq!(client(&server).releases().by_tag("v1").await.unwrap().unwrap().id, 7);
}

#[tokio::test]
async fn remains_of_an_upload_are_deleted_and_the_file_is_sent_again() {
    let (server, folder) = (MockServer::start().await, tempfile::tempdir().unwrap());
    let file = file(&folder);
    on_times(&server, "GET", "/releases/7/assets", ok(json!([])), 1).await;
    on(&server, "GET", "/releases/7/assets", ok(json!([asset("starter", None)]))).await;
    on(&server, "GET", "/releases/7", ok(release(true))).await;
    on_times(&server, "POST", "/releases/7/assets", ResponseTemplate::new(502), 1).await;
    on(&server, "POST", "/releases/7/assets", status(201, asset("uploaded", Some(&file)))).await;
    let delete = Mock::given(method("DELETE")).and(path(format!("{BASE}/releases/assets/9")));
    delete.respond_with(ResponseTemplate::new(204)).expect(1).mount(&server).await;
    let outcome =
        client(&server).assets().upload(&parsed(release(true)), &file, None).await.unwrap();
    assert_eq!(outcome, AssetOutcome::Uploaded);
}

#[tokio::test]
async fn an_upload_finished_by_another_client_counts_by_content() {
    let (server, folder) = (MockServer::start().await, tempfile::tempdir().unwrap());
    let file = file(&folder);
    let taken = json!({"message": "Validation Failed", "errors": [
        {"resource": "ReleaseAsset", "field": "name", "code": "already_exists"}]});
    on_times(&server, "GET", "/releases/7/assets", ok(json!([])), 1).await;
    on(&server, "GET", "/releases/7", ok(release(true))).await;
    on(&server, "POST", "/releases/7/assets", status(422, taken)).await;
    on(&server, "GET", "/releases/7/assets", ok(json!([asset("uploaded", Some(&file))]))).await;
    let outcome =
        client(&server).assets().upload(&parsed(release(true)), &file, None).await.unwrap();
    assert_eq!(outcome, AssetOutcome::Uploaded);
}

#[tokio::test]
async fn a_published_release_gets_no_further_files_and_loses_none() {
    let (server, folder) = (MockServer::start().await, tempfile::tempdir().unwrap());
    on(&server, "GET", "/releases/7/assets", ok(json!([asset("starter", None)]))).await;
    on(&server, "GET", "/releases/7", ok(release(false))).await;
    let error = client(&server).assets().upload(&parsed(release(true)), &file(&folder), None).await;
    assert!(matches!(error, Err(GitHubError::AlreadyPublished { .. })), "{error:?}");
    let error = client(&server).releases().delete_draft(7).await;
    assert!(matches!(error, Err(GitHubError::AlreadyPublished { .. })), "{error:?}");
    assert!(!client(&server).releases().publish(7, MakeLatest::Yes).await.unwrap().draft);
}

#[tokio::test]
async fn without_a_digest_the_asset_is_downloaded() {
    let (server, folder) = (MockServer::start().await, tempfile::tempdir().unwrap());
    let file = file(&folder);
    let asset = json!({"id": 9, "name": "a.whl", "size": 3, "state": "uploaded", "digest": null});
    on(&server, "GET", "/releases/7/assets", ok(json!([asset]))).await;
    let download = ResponseTemplate::new(200).set_body_string("abc");
    on_times(&server, "GET", "/releases/assets/9", download, 1).await;
    let probe = client(&server).assets().probe(7, &file).await;
    assert!(probe.is_identical(), "{probe:?}");
}

#[tokio::test]
async fn refusals_have_errors_of_their_own_and_show_no_token() {
    let server = MockServer::start().await;
    for (code, body) in [
        (401, json!({"message": "Bad credentials"})),
        (403, json!({"message": "Resource not accessible by personal access token"})),
        (404, json!({"message": "Not Found"})),
        (422, json!({"message": "Validation Failed", "errors": ["tag is reserved"]})),
        (501, json!("what")),
    ] {
        on_times(&server, "GET", "", status(code, body), 1).await;
    }
    let client = client(&server);
    let mut errors = Vec::new();
    for _ in 0..5 {
        errors.push(client.access().await.unwrap_err());
    }
    assert!(matches!(errors[0], GitHubError::TokenRefused { .. }));
    assert!(matches!(errors[1], GitHubError::Forbidden { .. }));
    assert!(matches!(errors[2], GitHubError::NotFound { .. }));
    assert!(matches!(errors[3], GitHubError::Refused { .. }));
    assert!(matches!(errors[4], GitHubError::Http { .. }));
    assert!(errors[3].to_string().contains("tag is reserved"));
    assert!(!format!("{errors:?} {client:?}").contains("canary"));
}

#[tokio::test]
async fn access_depends_on_rights_scopes_and_state() {
    let server = MockServer::start().await;
    let repository = |push: bool, archived: bool| json!({"full_name": "octo/greeter", "archived": archived, "permissions": {"push": push}});
    for response in [
        ok(repository(true, false)).insert_header("x-oauth-scopes", "gist"),
        ok(repository(false, false)),
        ok(repository(true, true)),
        ok(repository(true, false)),
    ] {
        on_times(&server, "GET", "", response, 1).await;
    }
    let client = client(&server);
    assert!(matches!(client.check_access().await, Err(GitHubError::Forbidden { .. })));
    assert!(matches!(client.check_access().await, Err(GitHubError::NoPushRight { .. })));
    assert!(matches!(client.check_access().await, Err(GitHubError::Archived { .. })));
    assert!(client.check_access().await.unwrap().push);
}
