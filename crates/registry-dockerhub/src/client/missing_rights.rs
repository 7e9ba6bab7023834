use transport::{Authorization, StatusCode};

use crate::{
    RegistryError,
    auth::{Access, Authorized, Grant, Right},
    error_response,
};

/// The error of a 401 or 403 that came although everything was sent that
/// could be sent.
pub(super) fn refusal(
    access: &Access,
    sent: &Authorized,
    status: StatusCode,
    body: &[u8],
) -> RegistryError {
    let text = error_response::read(body);
    let registry = access.repository.registry().clone();
    let lacking = access.scopes.first().and_then(|scope| sent.grant.lacks(scope));
    // Without credentials more rights come from logging in, not from another token.
    if !sent.has_credentials {
        return RegistryError::Unauthorized {
            registry,
            has_credentials: false,
            message: text.message,
        };
    }
    // Rights requested along with the needed one may be missing.
    if let Some(right) = lacking.filter(|right| *right <= access.needed) {
        return missing_right(access, right, text.message);
    }
    let denied = text.code.as_deref() == Some("DENIED") && sent.grant == Grant::Unstated;
    match (status, &sent.authorization) {
        (StatusCode::FORBIDDEN, _) if denied => missing_right(access, access.needed, text.message),
        (StatusCode::FORBIDDEN, _) => RegistryError::Denied {
            what: format!("{} on {}", access.needed, access.repository),
            message: text.message,
        },
        // The token server accepted the credentials; the registry does not let them.
        (_, Some(Authorization::Bearer(_))) => missing_right(access, access.needed, text.message),
        _ => RegistryError::Unauthorized { registry, has_credentials: true, message: text.message },
    }
}

fn missing_right(access: &Access, right: Right, message: String) -> RegistryError {
    RegistryError::MissingRight { right, repository: access.repository.clone(), message }
}
