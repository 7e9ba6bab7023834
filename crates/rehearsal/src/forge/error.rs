//! Errors in the JSON of GitHub's REST API.

use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::server::{Response, reply};

/// The resource of a [`FieldError`] about a release.
pub(super) const RELEASE: &str = "Release";
/// The resource of a [`FieldError`] about an asset.
pub(super) const ASSET: &str = "ReleaseAsset";

/// The reason a request fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApiError {
    /// The request has no `User-Agent`.
    NoUserAgent,
    BadCredentials,
    RequiresAuthentication,
    /// The token is valid, but its permission is insufficient.
    NotAccessible,
    /// Nobody sees it without rights, also in a public repository.
    MustHaveRights,
    /// The resource does not exist, or the caller may not know of it.
    NotFound,
    /// The resource was deleted.
    Gone,
    RateLimited,
    SecondaryLimit {
        retry_after: u64,
    },
    MalformedJson,
    Invalid(Vec<FieldError>),
    /// Invalid, explained in one sentence.
    Unprocessable(String),
}

/// One entry of `errors` in a 422 response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    resource: &'static str,
    code: &'static str,
    field: Option<&'static str>,
    message: Option<String>,
}

impl FieldError {
    /// An error with a code such as `already_exists`, `missing_field` or `invalid`.
    pub(super) fn with_code(
        resource: &'static str,
        field: &'static str,
        code: &'static str,
    ) -> Self {
        Self { resource, code, field: Some(field), message: None }
    }

    /// An error with a message.
    pub(super) fn with_message(
        resource: &'static str,
        field: Option<&'static str>,
        message: &str,
    ) -> Self {
        Self { resource, code: "custom", field, message: Some(message.to_owned()) }
    }

    fn to_json(&self) -> Value {
        let mut document = json!({ "resource": self.resource, "code": self.code });
        if let Some(field) = self.field {
            document["field"] = field.into();
        }
        if let Some(message) = &self.message {
            document["message"] = message.as_str().into();
        }
        document
    }
}

impl ApiError {
    /// A validation error in one field.
    pub(super) fn invalid(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadCredentials | Self::RequiresAuthentication => StatusCode::UNAUTHORIZED,
            Self::NoUserAgent
            | Self::NotAccessible
            | Self::MustHaveRights
            | Self::RateLimited
            | Self::SecondaryLimit { .. } => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::MalformedJson => StatusCode::BAD_REQUEST,
            Self::Invalid(_) | Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::NoUserAgent => {
                "Request forbidden by administrative rules. Please make sure your request has a \
                 User-Agent header."
            }
            Self::BadCredentials => "Bad credentials",
            Self::RequiresAuthentication => "Requires authentication",
            Self::NotAccessible => "Resource not accessible by personal access token",
            Self::MustHaveRights => "Must have admin rights to Repository.",
            Self::NotFound => "Not Found",
            Self::Gone => "Artifact has expired",
            Self::RateLimited => "API rate limit exceeded for user ID 1.",
            Self::SecondaryLimit { .. } => {
                "You have exceeded a secondary rate limit. Please wait a few minutes before you \
                 try again."
            }
            Self::MalformedJson => "Problems parsing JSON",
            Self::Invalid(_) => "Validation Failed",
            Self::Unprocessable(message) => message,
        }
    }

    /// The response; `base_url` is where the documentation would be.
    pub(super) fn to_response(&self, base_url: &str) -> Response {
        let status = self.status();
        let mut document = json!({ "message": self.message() });
        if let Self::Invalid(errors) = self {
            document["errors"] = errors.iter().map(FieldError::to_json).collect();
        }
        document["documentation_url"] = format!("{base_url}/docs/rest").into();
        document["status"] = status.as_str().into();
        let mut response = reply::json(status, &document);
        if let Self::SecondaryLimit { retry_after } = self {
            let value = HeaderValue::from(*retry_after);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
