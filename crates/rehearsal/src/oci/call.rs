//! One request, as the endpoints of a registry see it.

use http::{HeaderMap, Method, StatusCode, header};

use super::refusal::Refusal;
use crate::fault::Stale;
use crate::server::{Request, Response, reply};

/// The head of a request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    /// Whether the answer should come from an older state.
    pub(super) stale: bool,
    query: Vec<(String, String)>,
}

pub(super) type Answer = Result<Response, Refusal>;

impl Call {
    pub(super) fn of(request: &Request) -> Self {
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
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Every value of a query parameter.
    pub(super) fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where the client believes this server to be.
    pub(super) fn url(&self, path: &str) -> String {
        let host = self.header(header::HOST).unwrap_or("127.0.0.1");
        format!("http://{host}{path}")
    }

    /// Refuses a method that the path does not have.
    pub(super) fn wrong_method(&self, allowed: &'static str) -> Refusal {
        Refusal::text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n")
            .with_header(header::ALLOW, allowed)
    }
}

/// A response without a body and with some headers; values that cannot be one are left out.
pub(super) fn bare(
    status: StatusCode,
    headers: impl IntoIterator<Item = (header::HeaderName, String)>,
) -> Response {
    with_headers(reply::empty(status), headers)
}

pub(super) fn with_headers(
    mut response: Response,
    headers: impl IntoIterator<Item = (header::HeaderName, String)>,
) -> Response {
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    response
}

pub(super) const CONTENT_DIGEST: header::HeaderName =
    header::HeaderName::from_static("docker-content-digest");
pub(super) const UPLOAD_UUID: header::HeaderName =
    header::HeaderName::from_static("docker-upload-uuid");
pub(super) const API_VERSION: header::HeaderName =
    header::HeaderName::from_static("docker-distribution-api-version");
pub(super) const OCI_SUBJECT: header::HeaderName = header::HeaderName::from_static("oci-subject");
pub(super) const OCI_FILTERS: header::HeaderName =
    header::HeaderName::from_static("oci-filters-applied");
