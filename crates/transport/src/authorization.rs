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

    /// A text without the secret, as it is and as it was sent: there are
    /// services that repeat in a refusal what they were asked with.
    pub(crate) fn redact(&self, text: &str) -> String {
        let (secret, sent) = match self {
            Self::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                (password, BASE64_STANDARD.encode(pair))
            }
            Self::Bearer(token) => (token, String::new()),
        };
        let secrets = [secret.expose_secret(), &sent].map(str::to_owned);
        let long_enough = secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
        long_enough.fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"))
    }
}

/// Anything shorter guards nothing, and would be found in every second word.
const SHORTEST_SECRET: usize = 4;

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

    #[test]
    fn a_secret_is_taken_out_as_it_is_and_as_it_was_sent() {
        let basic =
            Authorization::Basic { user: "Aladdin".to_owned(), password: "open sesame".into() };
        let echo = "no to open sesame, no to QWxhZGRpbjpvcGVuIHNlc2FtZQ==, no to Aladdin";
        assert_eq!(basic.redact(echo), "no to [redacted], no to [redacted], no to Aladdin");
        assert_eq!(Authorization::Bearer("t-1234".into()).redact("t-1234?"), "[redacted]?");
        assert_eq!(Authorization::Bearer("".into()).redact("denied"), "denied");
    }
}
