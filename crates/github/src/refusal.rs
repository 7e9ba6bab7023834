use serde::Deserialize;
use transport::{Fetched, StatusCode};

use crate::GitHubError;

/// Body of a refusal (GitHub REST API documentation, "Troubleshooting").
#[derive(Deserialize, Default)]
#[serde(default)]
struct RefusalBody {
    message: String,
    errors: Vec<RefusalReason>,
}

/// Reasons are objects for most endpoints and strings for some.
#[derive(Deserialize)]
#[serde(untagged)]
enum RefusalReason {
    Coded {
        #[serde(default)]
        code: String,
        #[serde(default)]
        field: String,
        #[serde(default)]
        message: String,
    },
    Text(String),
}

impl RefusalBody {
    fn full_message(&self) -> String {
        let reasons: Vec<String> = self.errors.iter().map(RefusalReason::message).collect();
        if reasons.is_empty() {
            return self.message.clone();
        }
        format!("{}: {}", self.message, reasons.join("; "))
    }

    fn codes(self) -> Vec<String> {
        let codes = self.errors.into_iter().filter_map(|reason| match reason {
            RefusalReason::Coded { code, .. } => Some(code),
            RefusalReason::Text(_) => None,
        });
        codes.collect()
    }
}

impl RefusalReason {
    fn message(&self) -> String {
        match self {
            Self::Coded { message, .. } if !message.is_empty() => message.clone(),
            Self::Coded { code, field, .. } => format!("{field} {code}").trim().to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The permission that releases need.
pub(crate) const CONTENTS_WRITE: &str = "Contents: write";

/// The permission of a fine-grained token that a request needs (GitHub REST API
/// documentation, "Permissions required for fine-grained personal access tokens").
pub(crate) fn needed_permission(path: &str) -> &'static str {
    match path {
        _ if path.contains("/actions/") => "Actions: read",
        _ if path.ends_with("/protection") => "Administration: read",
        _ => CONTENTS_WRITE,
    }
}

/// The error for a response without success; `needs` is the permission that the request
/// needs.
pub(crate) fn refusal_error(response: &Fetched, purpose: &str, needs: &'static str) -> GitHubError {
    let body: RefusalBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let (text, status) = (body.full_message(), response.status);
    let message = if text.is_empty() { status.to_string() } else { text.clone() };
    let purpose = purpose.to_owned();
    match status {
        StatusCode::UNAUTHORIZED => GitHubError::TokenRefused { purpose, message },
        StatusCode::FORBIDDEN => GitHubError::Forbidden { purpose, message, needs },
        StatusCode::NOT_FOUND => GitHubError::NotFound { purpose },
        _ if status.is_client_error() && !text.is_empty() => {
            GitHubError::Refused { purpose, message, codes: body.codes() }
        }
        _ => GitHubError::request_failed(&purpose, response.clone().into_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_permission_that_it_needs() {
        for (path, expected) in [
            ("/repos/octo/greeter/actions/runs/1/artifacts", "Actions: read"),
            ("/repos/octo/greeter/actions/artifacts/1/zip", "Actions: read"),
            ("/repos/octo/greeter/branches/main/protection", "Administration: read"),
            ("/repos/octo/greeter/releases", "Contents: write"),
            ("/repos/octo/actions", "Contents: write"),
        ] {
            assert_eq!(needed_permission(path), expected, "{path}");
        }
    }
}
