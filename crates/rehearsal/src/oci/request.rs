//! A request as the endpoints see it, and the parts of their responses.

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::digest::Digest;
use super::error::ErrorResponse;
use crate::fault::Stale;
use crate::server::{Request, Response, reply};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(super) const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
pub(super) const API_VERSION: HeaderName =
    HeaderName::from_static("docker-distribution-api-version");
pub(super) const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
pub(super) const OCI_FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");

/// The response of an endpoint, or the error to send instead.
pub(super) type EndpointResult = Result<Response, ErrorResponse>;

/// The head of a request.
#[derive(Debug, Clone)]
pub(super) struct RegistryRequest {
    pub(super) method: Method,
    /// The path, percent-decoded.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    /// Whether the response should come from an older state.
    pub(super) stale: bool,
    query: Vec<(String, String)>,
}

impl RegistryRequest {
    pub(super) fn from_head(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self {
            method: request.method().clone(),
            path: percent_encoding::percent_decode_str(request.uri().path())
                .decode_utf8_lossy()
                .into_owned(),
            headers: request.headers().clone(),
            stale: request.extensions().get::<Stale>().is_some(),
            query: pairs.into_owned().collect(),
        }
    }

    /// The first value of a query parameter.
    pub(super) fn query_value(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter.
    pub(super) fn query_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The URL of `path` on the host that the client addressed.
    pub(super) fn absolute_url(&self, path: &str) -> String {
        let host = self.header(header::HOST).unwrap_or("127.0.0.1");
        format!("http://{host}{path}")
    }

    /// Whether `If-None-Match` names this digest, with or without quotes.
    pub(super) fn client_has(&self, digest: &Digest) -> bool {
        self.header(header::IF_NONE_MATCH)
            .is_some_and(|etag| etag.trim_matches('"') == digest.as_str())
    }
}

/// A response without a body; values that are not valid in a header are left out.
pub(super) fn empty_with_headers(
    status: StatusCode,
    headers: impl IntoIterator<Item = (HeaderName, String)>,
) -> Response {
    with_headers(reply::empty(status), headers)
}

/// Adds headers to a response; values that are not valid in a header are left out.
pub(super) fn with_headers(
    mut response: Response,
    headers: impl IntoIterator<Item = (HeaderName, String)>,
) -> Response {
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    response
}
