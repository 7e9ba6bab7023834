//! What a registry responds when it refuses a request.

use serde::Deserialize;
use transport::{Fetched, StatusCode};

use crate::RegistryError;

/// Error responses of registries, and the other forms in the field: Docker Hub's
/// `detail`, token servers' `details` and `error_description`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    errors: Vec<Item>,
    details: Option<String>,
    detail: Option<String>,
    message: Option<String>,
    error_description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    code: Option<String>,
    message: Option<String>,
}

/// Error code and message of a response's body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorText {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

/// Reads a response's body; text that is no JSON is not repeated: it is a page
/// made for browsers.
pub(crate) fn read(body: &[u8]) -> ErrorText {
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    let first = body.errors.into_iter().next().unwrap_or_default();
    let message = first
        .message
        .or(body.details)
        .or(body.detail)
        .or(body.message)
        .or(body.error_description)
        .unwrap_or_default();
    ErrorText { code: first.code, message: message.chars().take(300).collect() }
}

/// The error of a response that is not about rights.
pub(crate) fn refusal(what: String, response: &Fetched) -> RegistryError {
    from_status(what, response.status, read(&response.body))
}

/// The error of a status with this text.
pub(crate) fn from_status(what: String, status: StatusCode, text: ErrorText) -> RegistryError {
    let ErrorText { code, message } = text;
    match status {
        StatusCode::NOT_FOUND => RegistryError::NotFound { what },
        StatusCode::METHOD_NOT_ALLOWED => RegistryError::Unsupported { what, message },
        _ if code.as_deref() == Some("UNSUPPORTED") => RegistryError::Unsupported { what, message },
        status => RegistryError::Refused { what, status, code, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_registries_token_servers_and_docker_hub_are_found() {
        for (body, code, message) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"}]}"#, Some("DENIED"), "no"),
            (
                r#"{"details":"incorrect username or password"}"#,
                None,
                "incorrect username or password",
            ),
            (r#"{"detail":"Rate limit exceeded","error":false}"#, None, "Rate limit exceeded"),
            ("<html>canary</html>", None, ""),
        ] {
            let expected = ErrorText { code: code.map(str::to_owned), message: message.to_owned() };
            assert_eq!(read(body.as_bytes()), expected);
        }
    }
}
