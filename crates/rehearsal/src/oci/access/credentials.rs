//! What a client sends in its `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;
use secrecy::SecretString;

use super::super::call::Call;

/// Credentials as they arrived.
#[derive(Debug)]
pub(super) enum Credentials {
    None,
    Basic(String, SecretString),
    Bearer(SecretString),
    Unreadable,
}

impl Credentials {
    pub(super) fn of(call: &Call) -> Self {
        let Some(text) = call.header(header::AUTHORIZATION) else {
            return Self::None;
        };
        let Some((scheme, rest)) = text.split_once(' ') else {
            return Self::Unreadable;
        };
        if scheme.eq_ignore_ascii_case("bearer") {
            Self::Bearer(rest.trim().into())
        } else if scheme.eq_ignore_ascii_case("basic") {
            basic(rest).unwrap_or(Self::Unreadable)
        } else {
            Self::Unreadable
        }
    }
}

fn basic(encoded: &str) -> Option<Credentials> {
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(Credentials::Basic(name.to_owned(), password.into()))
}
