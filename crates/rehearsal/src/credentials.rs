//! Credentials as clients send them, and the shape of the tokens that servers issue.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use secrecy::SecretString;
use serde_json::{Value, json};

/// The content of an `Authorization` header.
#[derive(Debug)]
pub(crate) enum Authorization {
    /// No header, or one that is not ASCII text.
    None,
    Basic {
        user: String,
        password: SecretString,
    },
    Bearer(SecretString),
    /// Another scheme, or a malformed value.
    Unsupported,
}

impl Authorization {
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match value {
            None => Self::None,
            Some(text) => Self::from_header_value(text).unwrap_or(Self::Unsupported),
        }
    }

    fn from_header_value(text: &str) -> Option<Self> {
        let (scheme, credentials) = text.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::Bearer(credentials.trim().into()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        Some(Self::Basic { user: user.to_owned(), password: password.into() })
    }
}

/// A JSON Web Token with the algorithm `none`; `signature` is the third part as it is sent.
///
/// Clients take such tokens apart to read their claims. The servers compare whole tokens and never
/// check a signature.
pub(crate) fn unsigned_jwt(claims: &Value, signature: &str) -> String {
    let header = json!({ "alg": "none", "typ": "JWT" });
    format!("{}.{}.{signature}", encode_jwt_part(&header), encode_jwt_part(claims))
}

fn encode_jwt_part(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn authorization(value: &str) -> Authorization {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Authorization::from_headers(&headers)
    }

    #[test]
    fn reads_both_schemes_in_any_case() {
        let Authorization::Basic { user, password } = authorization("basic bWU6YTpi") else {
            panic!("not basic");
        };
        assert_eq!((user.as_str(), password.expose_secret()), ("me", "a:b"));
        let Authorization::Bearer(token) = authorization("BEARER  x ") else {
            panic!("not bearer");
        };
        assert_eq!(token.expose_secret(), "x");
    }

    #[test]
    fn malformed_credentials_are_not_missing_credentials() {
        assert!(matches!(Authorization::from_headers(&HeaderMap::new()), Authorization::None));
        for value in ["nonsense", "Digest x", "Basic !!", "Basic bWU="] {
            assert!(matches!(authorization(value), Authorization::Unsupported), "{value}");
        }
    }
}
