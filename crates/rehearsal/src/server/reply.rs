//! Constructors for the responses that every service needs.

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::body::Body;
use super::service::Response;

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    with_body(status, Body::empty())
}

/// A response with any body and no further headers.
pub fn with_body(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// A response with a body of the given content type.
pub fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = with_body(status, body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A response with plain text.
pub fn text(status: StatusCode, content: impl Into<String>) -> Response {
    typed(status, "text/plain; charset=utf-8", content.into())
}

/// A response with a value as JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(content) => typed(status, "application/json", content),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
