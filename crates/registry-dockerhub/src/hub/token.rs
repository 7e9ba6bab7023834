use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use transport::{Request, Url};

use crate::Credential;

/// How long a token is used: it expires after ten minutes and does not say so
/// (Docker Hub API, "Create access token").
const LIFETIME: Duration = Duration::from_secs(8 * 60);

/// Who asks Docker Hub's API.
#[derive(Debug, Clone)]
pub struct HubLogin {
    /// User name, or organization name for an organization access token.
    pub identifier: String,
    /// Password or access token.
    pub secret: SecretString,
}

impl HubLogin {
    /// The login of `docker login`; `None` for tokens that only registries take.
    #[must_use]
    pub fn from_credential(credential: &Credential) -> Option<Self> {
        match credential {
            Credential::Password { user, password } => {
                Some(Self { identifier: user.clone(), secret: password.clone() })
            }
            Credential::IdentityToken(_) | Credential::RegistryToken(_) => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct HubToken {
    pub(super) secret: SecretString,
    since: Instant,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
}

impl HubToken {
    pub(super) fn parse(body: &[u8], now: Instant) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let secret = answer.access_token.filter(|token| !token.is_empty())?;
        Some(Self { secret: secret.into(), since: now })
    }

    pub(super) fn is_good(&self, now: Instant) -> bool {
        now.duration_since(self.since) < LIFETIME
    }
}

/// `POST v2/auth/token`: asking twice gives two tokens and changes nothing.
pub(super) fn request(url: Url, login: &HubLogin) -> Request {
    let body = serde_json::json!({
        "identifier": login.identifier,
        "secret": login.secret.expose_secret(),
    });
    Request::post(url, Vec::new()).json(&body).repeatable(true).without_redirects()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_expires() {
        let now = Instant::now();
        let token = HubToken::parse(br#"{"access_token":"canary"}"#, now).unwrap();
        assert!(token.is_good(now + Duration::from_secs(7 * 60)));
        assert!(!token.is_good(now + Duration::from_secs(9 * 60)));
        assert!(!format!("{token:?}").contains("canary"));
    }

    #[test]
    fn the_secret_is_in_the_body_only() {
        let login = HubLogin { identifier: "me".to_owned(), secret: "canary".into() };
        let request = request("https://hub.example/v2/auth/token".parse().unwrap(), &login);
        assert!(!format!("{request:?} {login:?}").contains("canary"));
    }
}
