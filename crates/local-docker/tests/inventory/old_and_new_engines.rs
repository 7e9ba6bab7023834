//! Engines of other versions, simulated by responses that were recorded or read in
//! their source.

use image_ref::ImageId;
use local_docker::{
    ContainerId, ContainerRemoveOptions, EndpointChoice, Engine, EngineError, ImageSummary,
    RemoveOutcome,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

const IMAGE: &str = "sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a";
const CONTAINER: &str = "a4baf5d9b98296f4b3dc2efd6153e12bfd9bb76c30305b7776fc99de41dec74e";

/// An engine of this version, without other responses yet.
async fn engine_of(oldest: &str, newest: &str) -> (MockServer, Engine) {
    let server = MockServer::start().await;
    let version = json!({ "ApiVersion": newest, "MinAPIVersion": oldest, "Version": "0" });
    answer(&server, "GET", "/version", ResponseTemplate::new(200).set_body_json(version)).await;
    let host = Some(format!("tcp://{}", server.address()));
    let choice = EndpointChoice { host, ..EndpointChoice::default() };
    (server, Engine::connect(&choice).await.unwrap())
}

async fn answer(server: &MockServer, verb: &str, at: &str, with: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(with).mount(server).await;
}

/// For the first requests to this path.
async fn answer_first(
    server: &MockServer,
    verb: &str,
    at: &str,
    times: u64,
    with: ResponseTemplate,
) {
    let mock = Mock::given(method(verb)).and(path(at)).respond_with(with);
    mock.up_to_n_times(times).with_priority(1).mount(server).await;
}

fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "message": message }))
}

#[tokio::test]
async fn requests_to_a_busy_engine_of_api_1_41_are_repeated() {
    let (server, engine) = engine_of("1.12", "1.41").await;
    let busy = refusal(500, "a disk usage operation is already running");
    answer_first(&server, "GET", "/v1.41/system/df", 2, busy).await;
    let usage = ResponseTemplate::new(200).set_body_json(json!({ "LayersSize": 7 }));
    answer(&server, "GET", "/v1.41/system/df", usage).await;
    assert_eq!(engine.disk_usage().await.unwrap().layers, Some(7));
}

#[tokio::test]
async fn an_engine_of_api_1_52_uses_1_47_and_counts_no_volumes() {
    let (server, engine) = engine_of("1.44", "1.52").await;
    let usage =
        ResponseTemplate::new(200).set_body_json(json!({ "LayersSize": 7, "Volumes": null }));
    let request =
        Mock::given(method("GET")).and(path("/v1.47/system/df")).and(query_param("type", "image"));
    request.respond_with(usage).mount(&server).await;
    let usage = engine.disk_usage().await.unwrap();
    assert_eq!((usage.layers, usage.volumes), (Some(7), None));
}

#[tokio::test]
async fn a_removal_waits_for_another_one_in_progress() {
    let (server, engine) = engine_of("1.12", "1.41").await;
    let at = format!("/v1.41/containers/{CONTAINER}");
    let under_way = format!("removal of container {CONTAINER} is already in progress");
    answer_first(&server, "DELETE", &at, 2, refusal(409, &under_way)).await;
    answer(&server, "DELETE", &at, refusal(404, "No such container: x")).await;
    let id: ContainerId = CONTAINER.parse().unwrap();
    let removed = engine.containers().remove(&id, ContainerRemoveOptions::default()).await.unwrap();
    assert_eq!(removed, RemoveOutcome::Removed);
}

#[tokio::test]
async fn an_image_that_was_not_unpacked_exists_and_has_no_history() {
    let (server, engine) = engine_of("1.24", "1.45").await;
    let missing = "snapshot sha256:c5ad does not exist: not found";
    answer(&server, "GET", &format!("/v1.45/images/{IMAGE}/history"), refusal(404, missing)).await;
    let part = "content digest sha256:c5ad: not found";
    answer(&server, "GET", &format!("/v1.45/images/{IMAGE}/json"), refusal(404, part)).await;
    let id: ImageId = IMAGE.parse().unwrap();
    assert_eq!(engine.images().history(&id).await.unwrap(), Some(vec![]));
    let error = engine.images().inspect(&id).await.unwrap_err();
    assert!(matches!(error, EngineError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_list_is_requested_again_when_images_are_removed_meanwhile() {
    let (server, engine) = engine_of("1.24", "1.45").await;
    let part = "failed to retrieve image list: content digest sha256:c5ad: not found";
    answer_first(&server, "GET", "/v1.45/system/df", 2, refusal(404, part)).await;
    let usage = ResponseTemplate::new(200).set_body_json(json!({ "LayersSize": 7 }));
    answer(&server, "GET", "/v1.45/system/df", usage).await;
    assert_eq!(engine.disk_usage().await.unwrap().layers, Some(7));
}

#[tokio::test]
async fn an_unreadable_image_does_not_hide_the_others() {
    let (server, engine) = engine_of("1.12", "1.43").await;
    let list = json!([
        { "Id": "sha512:00", "RepoTags": ["a:1"], "Size": 1 },
        { "Id": IMAGE, "RepoTags": ["Not:A:Tag", "b:2"], "RepoDigests": null, "SharedSize": -1, "Size": -1 },
    ]);
    let list = ResponseTemplate::new(200).set_body_json(list);
    answer(&server, "GET", "/v1.43/images/json", list).await;
    let images = engine.images().list_all().await.unwrap();
    let [ImageSummary { tags, size: 0, .. }] = images.as_slice() else { panic!("{images:?}") };
    assert_eq!(*tags, ["b:2".parse().unwrap()]);
}

#[tokio::test]
async fn an_invalid_list_is_an_error_and_never_an_empty_list() {
    let (server, engine) = engine_of("1.12", "1.44").await;
    let text = ResponseTemplate::new(200).set_body_string("<html>hello</html>");
    answer(&server, "GET", "/v1.44/containers/json", text).await;
    answer(&server, "GET", "/v1.44/images/json", refusal(500, "database is locked")).await;
    let error = engine.containers().list(None).await.unwrap_err();
    assert!(matches!(error, EngineError::InvalidResponse { .. }), "{error:?}");
    let error = engine.images().list_all().await.unwrap_err();
    assert!(error.to_string().contains("list images: database is locked"), "{error}");
}

#[tokio::test]
async fn a_swarm_that_does_not_answer_is_distinguished_from_an_absent_one() {
    let (server, engine) = engine_of("1.12", "1.47").await;
    let locked = "Swarm is encrypted and needs to be unlocked before it can be used.";
    answer_first(&server, "GET", "/v1.47/services", 1, refusal(503, locked)).await;
    let none = "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state.";
    answer(&server, "GET", "/v1.47/services", refusal(503, none)).await;
    let error = engine.swarm().services().await.unwrap_err();
    assert!(matches!(error, EngineError::Refused { status: Some(503), .. }), "{error:?}");
    assert_eq!(engine.swarm().services().await.unwrap(), []);
}

/// The address of a server that reports its version, and aborts every other
/// response in the middle.
async fn aborting_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or_default();
            let is_version =
                String::from_utf8_lossy(&request[..length]).starts_with("GET /version");
            let body = if is_version { r#"{"ApiVersion":"1.41"}"# } else { "[{" };
            let promised = if is_version { body.len() } else { 100 };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {promised}\r\n\r\n{body}");
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    host
}

#[tokio::test]
async fn half_a_response_is_an_error() {
    let host = Some(aborting_server().await);
    let choice = EndpointChoice { host, ..EndpointChoice::default() };
    let engine = Engine::connect(&choice).await.unwrap();
    let error = engine.containers().list(None).await.unwrap_err();
    assert!(matches!(error, EngineError::EngineGone { .. }), "{error:?}");
}
