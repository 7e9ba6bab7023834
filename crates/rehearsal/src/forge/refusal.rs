//! Why a request fails, in the JSON of GitHub's REST API.

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::server::{Response, reply};

/// The reason a request fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request does not say which program sends it.
    NoUserAgent,
    BadCredentials,
    RequiresAuthentication,
    /// The token is good, its rights are not enough.
    NotAccessible,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    RateLimited,
    SecondaryLimit {
        retry_after: u64,
    },
    MalformedJson,
    Invalid(Vec<Problem>),
    /// Invalid, said in one sentence.
    Unprocessable(String),
}

/// One entry of `errors` in a 422 answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    resource: &'static str,
    code: &'static str,
    field: Option<&'static str>,
    message: Option<String>,
}

impl Problem {
    /// A problem with a code that says it all: `already_exists`, `missing_field`, `invalid`.
    pub(crate) fn coded(resource: &'static str, field: &'static str, code: &'static str) -> Self {
        Self { resource, code, field: Some(field), message: None }
    }

    /// A problem with a sentence.
    pub(crate) fn custom(
        resource: &'static str,
        field: Option<&'static str>,
        message: &str,
    ) -> Self {
        Self { resource, code: "custom", field, message: Some(message.to_owned()) }
    }

    fn document(&self) -> Value {
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

impl Refusal {
    /// One problem.
    pub(crate) fn invalid(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadCredentials | Self::RequiresAuthentication => StatusCode::UNAUTHORIZED,
            Self::NoUserAgent
            | Self::NotAccessible
            | Self::RateLimited
            | Self::SecondaryLimit { .. } => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
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
            Self::NotFound => "Not Found",
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

    /// The answer; `base_url` is where the documentation would be.
    pub(crate) fn answer(&self, base_url: &str) -> Response {
        let status = self.status();
        let mut document = json!({ "message": self.message() });
        if let Self::Invalid(problems) = self {
            document["errors"] = problems.iter().map(Problem::document).collect();
        }
        document["documentation_url"] = format!("{base_url}/docs/rest").into();
        document["status"] = status.as_str().into();
        let mut response = reply::json(status, &document);
        if let Self::SecondaryLimit { retry_after } = self {
            let value = HeaderValue::from(*retry_after);
            response.headers_mut().insert(http::header::RETRY_AFTER, value);
        }
        response
    }
}
