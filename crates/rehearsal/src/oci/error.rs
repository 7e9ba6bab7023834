//! Error responses, with the codes of the distribution specification.

use std::fmt;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::server::{Response, reply};

/// The error codes of the distribution specification, and `UNKNOWN` of `distribution`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorCode {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    Denied,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    PaginationNumberInvalid,
    SizeInvalid,
    TooManyRequests,
    Unauthorized,
    Unknown,
    Unsupported,
}

impl ErrorCode {
    /// The name of the code, its default status, and the message that `distribution` sends.
    fn defaults(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::BlobUnknown => ("BLOB_UNKNOWN", S::NOT_FOUND, "blob unknown to registry"),
            Self::BlobUploadInvalid => ("BLOB_UPLOAD_INVALID", S::NOT_FOUND, "blob upload invalid"),
            Self::BlobUploadUnknown => {
                ("BLOB_UPLOAD_UNKNOWN", S::NOT_FOUND, "blob upload unknown to registry")
            }
            Self::Denied => ("DENIED", S::FORBIDDEN, "requested access to the resource is denied"),
            Self::DigestInvalid => {
                ("DIGEST_INVALID", S::BAD_REQUEST, "provided digest did not match uploaded content")
            }
            Self::ManifestBlobUnknown => {
                ("MANIFEST_BLOB_UNKNOWN", S::BAD_REQUEST, "blob unknown to registry")
            }
            Self::ManifestInvalid => ("MANIFEST_INVALID", S::BAD_REQUEST, "manifest invalid"),
            Self::ManifestUnknown => ("MANIFEST_UNKNOWN", S::NOT_FOUND, "manifest unknown"),
            Self::NameInvalid => ("NAME_INVALID", S::BAD_REQUEST, "invalid repository name"),
            Self::NameUnknown => {
                ("NAME_UNKNOWN", S::NOT_FOUND, "repository name not known to registry")
            }
            Self::PaginationNumberInvalid => {
                ("PAGINATION_NUMBER_INVALID", S::BAD_REQUEST, "invalid number of results requested")
            }
            Self::SizeInvalid => {
                ("SIZE_INVALID", S::BAD_REQUEST, "provided length did not match content length")
            }
            Self::TooManyRequests => ("TOOMANYREQUESTS", S::TOO_MANY_REQUESTS, "too many requests"),
            Self::Unauthorized => ("UNAUTHORIZED", S::UNAUTHORIZED, "authentication required"),
            Self::Unknown => ("UNKNOWN", S::INTERNAL_SERVER_ERROR, "unknown error"),
            Self::Unsupported => {
                ("UNSUPPORTED", S::METHOD_NOT_ALLOWED, "The operation is unsupported.")
            }
        }
    }
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub(super) struct ErrorResponse {
    status: StatusCode,
    body: ErrorBody,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone)]
enum ErrorBody {
    Errors(Vec<Value>),
    Text(&'static str),
    Json(Value),
}

impl ErrorResponse {
    /// The code with its default status and message.
    pub(super) fn new(code: ErrorCode) -> Self {
        let (name, status, message) = code.defaults();
        Self::from_errors(status, vec![json!({"code": name, "message": message})])
    }

    /// One error for each detail, all with the same code.
    pub(super) fn with_details(code: ErrorCode, details: impl IntoIterator<Item = Value>) -> Self {
        let (name, status, message) = code.defaults();
        let errors = details
            .into_iter()
            .map(|detail| json!({"code": name, "message": message, "detail": detail}));
        Self::from_errors(status, errors.collect())
    }

    /// The code with a detail.
    pub(super) fn with_detail(code: ErrorCode, detail: impl Into<Value>) -> Self {
        Self::with_details(code, [detail.into()])
    }

    /// The code with a message other than the default.
    pub(super) fn with_message(code: ErrorCode, message: &str) -> Self {
        let (name, status, _) = code.defaults();
        Self::from_errors(status, vec![json!({"code": name, "message": message})])
    }

    /// Plain text, as a web server sends it for an unknown path.
    pub(super) fn plain_text(status: StatusCode, text: &'static str) -> Self {
        Self { status, body: ErrorBody::Text(text), headers: Vec::new() }
    }

    /// JSON that does not follow the distribution specification.
    pub(super) fn json(status: StatusCode, document: Value) -> Self {
        Self { status, body: ErrorBody::Json(document), headers: Vec::new() }
    }

    /// The response to a path that the registry does not serve.
    pub(super) fn page_not_found() -> Self {
        Self::plain_text(StatusCode::NOT_FOUND, "404 page not found\n")
    }

    /// The response to a method that the path does not support.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        Self::plain_text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n")
            .with_header(header::ALLOW, allowed)
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header; a value that is not valid in a header is left out.
    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn from_errors(status: StatusCode, errors: Vec<Value>) -> Self {
        Self { status, body: ErrorBody::Errors(errors), headers: Vec::new() }
    }

    pub(super) fn into_response(self) -> Response {
        let content_type = match self.body {
            ErrorBody::Text(_) => "text/plain; charset=utf-8",
            ErrorBody::Json(_) | ErrorBody::Errors(_) => "application/json; charset=utf-8",
        };
        let mut response = reply::typed(self.status, content_type, self.to_string());
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// The body of the response.
impl fmt::Display for ErrorResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.body {
            ErrorBody::Text(text) => out.write_str(text),
            ErrorBody::Json(document) => write!(out, "{document}"),
            ErrorBody::Errors(errors) => write!(out, "{}", json!({"errors": errors})),
        }
    }
}
