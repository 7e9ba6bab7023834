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

/// The error for a response without success.
pub(crate) fn refusal_error(response: &Fetched, purpose: &str) -> GitHubError {
    let body: RefusalBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let (text, status) = (body.full_message(), response.status);
    let message = if text.is_empty() { status.to_string() } else { text.clone() };
    let purpose = purpose.to_owned();
    match status {
        StatusCode::UNAUTHORIZED => GitHubError::TokenRefused { purpose, message },
        StatusCode::FORBIDDEN => GitHubError::Forbidden { purpose, message },
        StatusCode::NOT_FOUND => GitHubError::NotFound { purpose },
        _ if status.is_client_error() && !text.is_empty() => {
            GitHubError::Refused { purpose, message, codes: body.codes() }
        }
        _ => GitHubError::request_failed(&purpose, response.clone().into_error()),
    }
}
