use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// What proves who asks. Debug shows the scheme only.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// `Basic`: user name and password (RFC 7617).
    Basic {
        /// User name.
        user: String,
        /// Password or token.
        password: SecretString,
    },
    /// `Bearer` token (RFC 6750).
    Bearer(SecretString),
}

impl Authorization {
    /// The header's value, marked sensitive. `None` when the secret has
    /// characters that no header can carry.
    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", BASE64_STANDARD.encode(pair))
            }
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_encoded_as_the_rfc_shows() {
        let basic =
            Authorization::Basic { user: "Aladdin".to_owned(), password: "open sesame".into() };
        let value = basic.header_value().unwrap();
        assert_eq!(value.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{basic:?}{value:?}").contains("sesame"));
    }
}
