//! Responses in the formats of PyPI.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::ext::ReasonPhrase;
use serde_json::json;

use crate::index::digests::sha256_hex;
use crate::index::error::UploadError;
use crate::server::{Request, Response, reply};

const SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");

/// A document that clients may cache.
pub(super) struct CacheableDocument {
    pub(super) content_type: &'static str,
    pub(super) content: Vec<u8>,
    pub(super) serial: u64,
    /// The number of seconds for which a client may cache it.
    pub(super) max_age: u32,
    /// Whether it depends on the `Accept` header.
    pub(super) varies_by_accept: bool,
}

impl CacheableDocument {
    /// The response: 304 without a body if the client already has this document.
    pub(super) fn into_response(self, request: &Request) -> Response {
        let etag = format!("\"{}\"", &sha256_hex(&self.content)[..32]);
        let unchanged = request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*");
        let mut response = match unchanged {
            true => reply::empty(StatusCode::NOT_MODIFIED),
            false => reply::typed(StatusCode::OK, self.content_type, self.content),
        };
        let headers = response.headers_mut();
        set_header(headers, header::ETAG, &etag);
        set_header(headers, header::CACHE_CONTROL, &format!("max-age={}, public", self.max_age));
        set_header(headers, SERIAL, &self.serial.to_string());
        if self.varies_by_accept {
            set_header(headers, header::VARY, "Accept");
        }
        response
    }
}

fn set_header(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// An error as Pyramid, PyPI's framework, renders it: the message in the reason phrase, and in a body
/// of the type that the client accepts.
pub(super) fn error_response(error: &UploadError, accept: &str, base_url: &str) -> Response {
    let message = error.message(base_url);
    let mut response = pyramid_response(error.status(), &message, accept);
    set_reason(&mut response, &message);
    response
}

fn pyramid_response(status: StatusCode, message: &str, accept: &str) -> Response {
    let code = format!("{} {message}", status.as_str());
    let title = status.canonical_reason().unwrap_or_default();
    let explanation = match status {
        StatusCode::FORBIDDEN => "Access was denied to this resource.",
        StatusCode::TOO_MANY_REQUESTS => {
            "The action could not be performed because there were too many requests by the client."
        }
        _ => {
            "The server could not comply with the request since it is either malformed or \
             otherwise incorrect."
        }
    };
    if accept.contains("application/json") {
        let message = format!("{explanation}\n\n\n{message}\n\n");
        let body = json!({ "message": message, "code": code, "title": title });
        return reply::json(status, &body);
    }
    if accept.contains("text/html") || accept.contains("*/*") {
        let body = format!(
            "<html>\n <head>\n  <title>{code}</title>\n </head>\n <body>\n  <h1>{code}</h1>\n  \
             {explanation}<br/><br/>\n{message}\n\n\n </body>\n</html>"
        );
        return reply::typed(status, "text/html; charset=UTF-8", body);
    }
    reply::text(status, format!("{code}\n\n{explanation}\n\n\n{message}\n\n"))
}

/// Sets the text of the status line; characters outside Latin-1 become question marks.
pub(super) fn set_reason(response: &mut Response, text: &str) {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'));
    let printable: Vec<u8> =
        bytes.map(|byte| if byte.is_ascii_control() { b' ' } else { byte }).collect();
    if let Ok(reason) = ReasonPhrase::try_from(printable) {
        response.extensions_mut().insert(reason);
    }
}

/// A redirect.
pub(super) fn redirect(status: StatusCode, location: &str) -> Response {
    let mut response = reply::empty(status);
    set_header(response.headers_mut(), header::LOCATION, location);
    response
}

/// The response to an unknown path.
pub(super) fn not_found_response() -> Response {
    reply::text(StatusCode::NOT_FOUND, "404 Not Found")
}

/// The response of PyPI's JSON API for unknown projects and releases.
pub(super) fn json_not_found_response() -> Response {
    reply::json(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" }))
}
