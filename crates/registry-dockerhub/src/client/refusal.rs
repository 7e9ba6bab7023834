//! What a registry says when it says no.

use serde::Deserialize;
use transport::{Authorization, Fetched, StatusCode};

use crate::{
    RegistryError,
    auth::{Access, Authorized, Grant},
};

/// Error answers of registries, and the other forms in the field: Docker Hub's
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

/// Error code and message of an answer's body; text that is no JSON is not
/// repeated: it is a page made for browsers.
pub(crate) fn words(body: &[u8]) -> (Option<String>, String) {
    let said: Body = serde_json::from_slice(body).unwrap_or_default();
    let first = said.errors.into_iter().next().unwrap_or_default();
    let message = first
        .message
        .or(said.details)
        .or(said.detail)
        .or(said.message)
        .or(said.error_description)
        .unwrap_or_default();
    (first.code, message.chars().take(300).collect())
}

/// The error of an answer that is not about rights.
pub(crate) fn other(what: String, answer: &Fetched) -> RegistryError {
    let (code, message) = words(&answer.body);
    match answer.status {
        StatusCode::NOT_FOUND => RegistryError::NotFound { what },
        StatusCode::METHOD_NOT_ALLOWED => RegistryError::Unsupported { what, message },
        _ if code.as_deref() == Some("UNSUPPORTED") => RegistryError::Unsupported { what, message },
        status => RegistryError::Refused { what, status, code, message },
    }
}

/// The error of a 401 or 403 that came although everything was sent that
/// could be sent.
pub(super) fn of_rights(
    access: &Access,
    sent: &Authorized,
    status: StatusCode,
    body: &[u8],
) -> RegistryError {
    let (code, message) = words(body);
    let repository = access.repository.clone();
    let registry = repository.registry().clone();
    let missing = |right| RegistryError::MissingRight {
        right,
        repository: repository.clone(),
        message: message.clone(),
    };
    let lacking = access.scopes.first().and_then(|scope| sent.grant.lacks(scope));
    // Without credentials more rights come from logging in, not from another token.
    if !sent.credentials_known {
        return RegistryError::Unauthorized { registry, credentials_known: false, message };
    }
    // Rights asked for along with the needed one may be missing.
    if let Some(right) = lacking.filter(|right| *right <= access.needed) {
        return missing(right);
    }
    let denied = code.as_deref() == Some("DENIED") && sent.grant == Grant::Unstated;
    match (status, &sent.authorization) {
        (StatusCode::FORBIDDEN, _) if denied => missing(access.needed),
        (StatusCode::FORBIDDEN, _) => {
            RegistryError::Denied { what: format!("{} on {repository}", access.needed), message }
        }
        // The token server knew who asks; the registry does not let them.
        (_, Some(Authorization::Bearer(_))) => missing(access.needed),
        _ => RegistryError::Unauthorized { registry, credentials_known: true, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_registries_token_servers_and_docker_hub_are_found() {
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
            assert_eq!(words(body.as_bytes()), (code.map(str::to_owned), message.to_owned()));
        }
    }
}
