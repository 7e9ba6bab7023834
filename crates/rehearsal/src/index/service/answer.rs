//! Answers in PyPI's own shapes.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::ext::ReasonPhrase;
use serde_json::json;

use crate::index::digests::sha256;
use crate::index::refusal::Refusal;
use crate::server::{Body, Request, Response, reply};

const SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");

/// A document that clients may cache.
pub(super) struct Document {
    pub(super) content_type: &'static str,
    pub(super) content: Vec<u8>,
    pub(super) serial: u64,
    /// For how many seconds a client may keep it.
    pub(super) max_age: u32,
    /// Whether it depends on the `Accept` header.
    pub(super) varies: bool,
}

impl Document {
    /// The answer: 304 without a body when the client has this document already.
    pub(super) fn answer(self, request: &Request) -> Response {
        let etag = format!("\"{}\"", &sha256(&self.content)[..32]);
        let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
        let unchanged = known
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*");
        let mut response = match unchanged {
            true => reply::empty(StatusCode::NOT_MODIFIED),
            false => reply::typed(StatusCode::OK, self.content_type, self.content),
        };
        let headers = response.headers_mut();
        set(headers, header::ETAG, &etag);
        set(headers, header::CACHE_CONTROL, &format!("max-age={}, public", self.max_age));
        set(headers, SERIAL, &self.serial.to_string());
        if self.varies {
            set(headers, header::VARY, "Accept");
        }
        response
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A refusal as Pyramid, PyPI's framework, shows it: the message in the reason phrase, and in a
/// body of the form that the client accepts.
pub(super) fn refused(refusal: &Refusal, accept: &str, base_url: &str) -> Response {
    let message = refusal.message(base_url);
    let status = refusal.status();
    let mut response = with_message(status, &message, accept);
    set_reason(&mut response, &message);
    response
}

fn with_message(status: StatusCode, message: &str, accept: &str) -> Response {
    let code = format!("{} {message}", status.as_str());
    let title = status.canonical_reason().unwrap_or_default();
    let explanation = match status {
        StatusCode::FORBIDDEN => "Access was denied to this resource.",
        StatusCode::TOO_MANY_REQUESTS => {
            "The action could not be performed because there were \
                                          too many requests by the client."
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

/// Puts a text into the status line; characters outside Latin-1 become question marks.
pub(super) fn set_reason(response: &mut Response, text: &str) {
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let line: Vec<u8> =
        latin.into_iter().map(|byte| if byte.is_ascii_control() { b' ' } else { byte }).collect();
    if let Ok(reason) = ReasonPhrase::try_from(line) {
        response.extensions_mut().insert(reason);
    }
}

/// A permanent redirect.
pub(super) fn moved(status: StatusCode, location: &str) -> Response {
    let mut response = reply::with_body(status, Body::empty());
    set(response.headers_mut(), header::LOCATION, location);
    response
}

/// What PyPI's JSON API says of unknown projects and releases.
pub(super) fn json_not_found() -> Response {
    reply::json(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" }))
}
