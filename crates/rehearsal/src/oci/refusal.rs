//! Answers that say no, with the codes of the distribution specification.

use std::fmt;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::server::{Response, reply};

/// The error codes of the distribution specification, and `UNKNOWN` of `distribution`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
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

impl Code {
    /// The code, its usual status, and the message that `distribution` sends.
    fn usual(self) -> (&'static str, StatusCode, &'static str) {
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

/// A refusal on its way to the client.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    content: Content,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone)]
enum Content {
    Errors(Vec<Value>),
    Text(&'static str),
    Document(Value),
}

impl Refusal {
    /// The code with its usual status and message.
    pub(super) fn new(code: Code) -> Self {
        let (name, status, message) = code.usual();
        Self::errors(status, vec![json!({"code": name, "message": message})])
    }

    /// The same code once for each detail.
    pub(super) fn each(code: Code, details: impl IntoIterator<Item = Value>) -> Self {
        let (name, status, message) = code.usual();
        let error = |detail| json!({"code": name, "message": message, "detail": detail});
        Self::errors(status, details.into_iter().map(error).collect())
    }

    /// The code with a detail.
    pub(super) fn detailed(code: Code, detail: impl Into<Value>) -> Self {
        Self::each(code, [detail.into()])
    }

    /// The code with a message of its own.
    pub(super) fn message(code: Code, message: &str) -> Self {
        let (name, status, _) = code.usual();
        Self::errors(status, vec![json!({"code": name, "message": message})])
    }

    /// Plain text, as a web server answers a path that it does not know.
    pub(super) fn text(status: StatusCode, content: &'static str) -> Self {
        Self { status, content: Content::Text(content), headers: Vec::new() }
    }

    /// JSON that does not follow the distribution specification.
    pub(super) fn document(status: StatusCode, document: Value) -> Self {
        Self { status, content: Content::Document(document), headers: Vec::new() }
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header; a value that cannot be one is left out.
    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn errors(status: StatusCode, errors: Vec<Value>) -> Self {
        Self { status, content: Content::Errors(errors), headers: Vec::new() }
    }

    /// The body of the answer.
    fn body(&self) -> String {
        match &self.content {
            Content::Text(content) => (*content).to_owned(),
            Content::Document(document) => document.to_string(),
            Content::Errors(errors) => json!({"errors": errors}).to_string(),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let content_type = match self.content {
            Content::Text(_) => "text/plain; charset=utf-8",
            Content::Document(_) | Content::Errors(_) => "application/json; charset=utf-8",
        };
        let mut response = reply::typed(self.status, content_type, self.body());
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.body())
    }
}
