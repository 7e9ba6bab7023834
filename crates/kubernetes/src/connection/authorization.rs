use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderValue, header::InvalidHeaderValue};

/// The header value of a login with name and password.
pub(super) fn basic_authorization(
    name: &str,
    password: &str,
) -> Result<HeaderValue, InvalidHeaderValue> {
    secret_value(format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}"))))
}

/// The header value of a token.
pub(super) fn bearer_authorization(token: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    secret_value(format!("Bearer {token}"))
}

fn secret_value(text: String) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}
