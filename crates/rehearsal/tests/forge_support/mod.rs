//! Helpers for the tests of the forge.

#![allow(dead_code, reason = "each test program uses only some helpers")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../index_support/http.rs"]
pub(crate) mod http;

use http::{HttpRequest, HttpResponse};
use rehearsal::forge::{Forge, ForgeOptions, ForgeToken, Permission};
use serde_json::{Value, json};

/// A token that may push.
pub(crate) const WRITER: &str = "test-writer";
/// A token that may read.
pub(crate) const READER: &str = "test-reader";
/// A token of an account without access.
pub(crate) const STRANGER: &str = "test-stranger";

/// A repository with one token of each kind.
pub(crate) fn options() -> ForgeOptions {
    ForgeOptions::new("octo", "greeter")
        .token(ForgeToken::new(WRITER, "octo", Permission::Push))
        .token(ForgeToken::new(READER, "pal", Permission::Pull))
        .token(ForgeToken::without_access(STRANGER, "who"))
}

/// A forge with [`options`].
pub(crate) fn forge() -> Forge {
    Forge::start(options()).unwrap()
}

/// A request below the repository, with the token that may push.
pub(crate) fn request(forge: &Forge, method: &str, path: &str) -> HttpRequest {
    request_as(forge, method, &format!("/repos/octo/greeter{path}"), Some(WRITER))
}

/// A request with any token, or none.
pub(crate) fn request_as(
    forge: &Forge,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> HttpRequest {
    let request = HttpRequest::new(method, &forge.url(), path).header("User-Agent", "test");
    match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    }
}

/// Creates a release and returns its document.
pub(crate) fn release(forge: &Forge, fields: Value) -> Value {
    let response = request(forge, "POST", "/releases").json(&fields).send();
    assert_eq!(response.status, 201, "{response:?}");
    response.json()
}

/// Creates a draft and returns its document.
pub(crate) fn draft(forge: &Forge, tag: &str) -> Value {
    release(forge, json!({ "tag_name": tag, "draft": true }))
}

/// Uploads an asset to a release document's `upload_url`.
pub(crate) fn upload(release: &Value, name: &str, content: &[u8]) -> HttpResponse {
    let template = release["upload_url"].as_str().unwrap();
    let url = template.strip_suffix("{?name,label}").unwrap();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    HttpRequest::new("POST", &format!("{scheme}://{host}"), &format!("/{path}?name={name}"))
        .header("Authorization", &format!("Bearer {WRITER}"))
        .header("User-Agent", "test")
        .header("Content-Type", "application/gzip")
        .body(content.to_vec())
        .send()
}

/// The `errors` of a 422 response.
pub(crate) fn errors(response: &HttpResponse) -> Value {
    assert_eq!(response.status, 422, "{response:?}");
    assert_eq!(response.json()["message"], "Validation Failed");
    response.json()["errors"].clone()
}
