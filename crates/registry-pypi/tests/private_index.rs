//! Indexes that list less than PyPI does, or that only their users may read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use probe::Probe;
use registry_pypi::{
    ExpectedFile, FileUnknown, IndexEndpoints, IndexError, IndexProbeError, ListingFormat,
};
use support::{reader, user};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, path},
};

/// SHA-256 of `abc` (FIPS 180-4, example).
const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn endpoints(server: &MockServer) -> IndexEndpoints {
    let root: transport::Url = format!("{}/", server.uri()).parse().unwrap();
    let simple = root.join("simple/").unwrap();
    IndexEndpoints::private("private", root, simple)
}

fn html(link: &str) -> ResponseTemplate {
    let page = format!("<title>Links for x</title><a href=\"{link}\">x-1.0.tar.gz</a>");
    ResponseTemplate::new(200).set_body_raw(page, "text/html")
}

fn expected(sha256: &str) -> [ExpectedFile; 1] {
    let (file_name, sha256) = ("x-1.0.tar.gz".to_owned(), Some(sha256.to_owned()));
    [ExpectedFile { file_name, sha256, size: None, metadata_sha256: None }]
}

#[tokio::test]
async fn a_file_without_a_listed_digest_is_downloaded_and_hashed() {
    let server = MockServer::start().await;
    Mock::given(path("/simple/x/")).respond_with(html("/x-1.0.tar.gz")).mount(&server).await;
    let file = ResponseTemplate::new(200).set_body_bytes(&b"abc"[..]);
    Mock::given(path("/x-1.0.tar.gz")).respond_with(file).mount(&server).await;
    let reader = reader(&endpoints(&server));
    let same = reader.probe("x", &expected(SHA256_OF_ABC)).await;
    assert!(same.is_identical(), "{same:?}");
    let other = reader.probe("x", &expected(&"0".repeat(64))).await;
    let Probe::Diverged(state) = other else { panic!("{other:?}") };
    assert_eq!(state.files[0].probe, Probe::Diverged(SHA256_OF_ABC.to_owned()));
}

#[tokio::test]
async fn a_file_that_is_listed_but_not_served_is_unknown_not_absent() {
    let server = MockServer::start().await;
    Mock::given(path("/simple/x/")).respond_with(html("/gone/x-1.0.tar.gz")).mount(&server).await;
    let probe = reader(&endpoints(&server)).probe("x", &expected(SHA256_OF_ABC)).await;
    let Probe::Unknown(IndexProbeError::Files(state)) = probe else { panic!("{probe:?}") };
    assert_eq!(state.files[0].probe, Probe::Unknown(FileUnknown::NotServed));
}

#[tokio::test]
async fn credentials_for_reading_stay_with_the_index() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let link = format!("{}/x-1.0.tar.gz", elsewhere.uri());
    Mock::given(header("authorization", "Basic bWU6c2VjcmV0"))
        .respond_with(html(&link))
        .mount(&server)
        .await;
    Mock::given(path("/simple/x/")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let file = ResponseTemplate::new(200).set_body_bytes(&b"abc"[..]);
    Mock::given(path("/x-1.0.tar.gz")).respond_with(file).mount(&elsewhere).await;

    let anonymous = reader(&endpoints(&server));
    let error = anonymous.listing("x").await.unwrap_err();
    assert!(matches!(error, IndexError::Unauthorized { .. }), "{error:?}");
    let reader = anonymous.with_credentials(&user("me", "secret"));
    assert_eq!(reader.listing("x").await.unwrap().format, Some(ListingFormat::Html));
    assert!(reader.probe("x", &expected(SHA256_OF_ABC)).await.is_identical());
    let downloads = elsewhere.received_requests().await.unwrap();
    assert!(downloads.iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn every_request_makes_caches_revalidate() {
    let server = MockServer::start().await;
    Mock::given(header("cache-control", "no-cache"))
        .respond_with(html("/x-1.0.tar.gz"))
        .mount(&server)
        .await;
    assert_eq!(reader(&endpoints(&server)).files("x").await.unwrap().len(), 1);
}
