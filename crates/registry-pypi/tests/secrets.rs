//! A planted token appears in no error, no Debug output and no request but the
//! upload.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use registry_pypi::{IndexError, credentials, credentials::Environment, credentials::Sources};
use rehearsal::{
    Fault,
    index::{IndexOptions, sample::Sample},
};
use support::{CANARY, built, package_index, token, writer};

fn everything(error: &IndexError) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {}", error.hint());
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    text
}

#[tokio::test]
async fn no_response_of_an_index_puts_the_token_into_an_error() {
    let built = built(&Sample::new("greeter", "0.1.0"));
    let echo = format!("{{\"code\": \"400 what is {CANARY}?\"}}");
    let page = format!("<pre>Authorization: {CANARY}</pre>");
    for status in [400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503] {
        for body in [echo.clone(), page.clone(), CANARY.to_owned()] {
            let (index, endpoints) = package_index(IndexOptions::default());
            index.faults().inject(Fault::status(status).with_body(body).method("POST").forever());
            let writer = writer(&endpoints);
            let error = writer.upload(&built.wheel, &token(), None).await.unwrap_err();
            assert!(!everything(&error).contains(CANARY), "{status}");
            let check = writer.check_credentials(&token()).await;
            assert!(!format!("{check:?}").contains(CANARY), "{status}");
            assert!(!format!("{writer:?}").contains(CANARY));
        }
    }
}

#[tokio::test]
async fn the_token_goes_to_the_upload_address_only() {
    let built = built(&Sample::new("greeter", "0.1.0"));
    let (index, endpoints) = package_index(IndexOptions::default());
    index.faults().inject(Fault::lost_response().method("POST"));
    writer(&endpoints).upload(&built.wheel, &token(), None).await.unwrap();
    for request in index.requests() {
        let carries = request.headers.contains_key("authorization");
        assert_eq!(carries, request.method == "POST", "{}", request.path_and_query);
    }
}

#[tokio::test]
async fn an_invalid_pypirc_is_reported_without_its_text() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".pypirc"), format!("[embedded]\n{CANARY}\n")).unwrap();
    let (_index, endpoints) = package_index(IndexOptions::default());
    let environment = Environment::from_iter([("UNRELATED", CANARY)]);
    let sources = Sources { home: Some(home.path()), ..Sources::variables(&environment) };
    let error = credentials::find(&endpoints, sources).await.unwrap_err();
    assert!(error.to_string().ends_with(".pypirc: cannot parse line 2"));
    assert!(!everything(&error).contains(CANARY));
    assert!(!format!("{environment:?}").contains(CANARY));
}
