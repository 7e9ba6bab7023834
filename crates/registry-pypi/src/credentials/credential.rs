use std::{fmt, time::SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use transport::{Authorization, HttpError};

/// The user name for an API token (docs.pypi.org, "API tokens").
pub(super) const TOKEN_USER: &str = "__token__";

/// Prefix of the tokens of PyPI and TestPyPI.
const TOKEN_PREFIX: &str = "pypi-";

/// User and password for uploads. Debug shows the source of the secret, never
/// the secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name; `__token__` for an API token.
    pub user: String,
    /// Password or token.
    pub password: SecretString,
    /// Its source, for messages.
    pub source: CredentialSource,
    /// When the password expires, if it does: tokens of trusted publishing last
    /// 15 minutes.
    pub expires: Option<SystemTime>,
}

/// The source of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialSource {
    /// Given by the caller.
    Given,
    /// This variable of the environment.
    Variable(String),
    /// This section of this file.
    Pypirc {
        /// The file.
        path: std::path::PathBuf,
        /// Name of the section.
        section: String,
    },
    /// The `keyring` program.
    Keyring,
    /// A token minted for this CI job.
    TrustedPublishing,
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("given"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Pypirc { path, section } => write!(f, "[{section}] in {}", path.display()),
            Self::Keyring => f.write_str("keyring"),
            Self::TrustedPublishing => f.write_str("trusted publishing"),
        }
    }
}

impl Credentials {
    /// User name and password. The user name becomes `__token__` for a token of
    /// PyPI, and when it is missing.
    #[must_use]
    pub fn new(user: Option<&str>, password: SecretString, source: CredentialSource) -> Self {
        let is_token = password.expose_secret().trim_start().starts_with(TOKEN_PREFIX);
        let user = user.filter(|user| !user.is_empty() && !is_token).unwrap_or(TOKEN_USER);
        let trimmed = password.expose_secret().trim();
        let password = if is_token { SecretString::from(trimmed) } else { password };
        Self { user: user.to_owned(), password, source, expires: None }
    }

    /// An API token.
    #[must_use]
    pub fn token(token: SecretString) -> Self {
        Self::new(None, token, CredentialSource::Given)
    }

    /// Whether they come from trusted publishing; only then PyPI accepts
    /// attestations.
    #[must_use]
    pub fn is_trusted_publisher(&self) -> bool {
        self.source == CredentialSource::TrustedPublishing
    }

    pub(crate) fn authorization(&self) -> Authorization {
        Authorization::Basic { user: self.user.clone(), password: self.password.clone() }
    }

    /// The text of a server without the secret, in case it repeats the secret in
    /// plain or as the header carried it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let secret = self.password.expose_secret();
        if secret.is_empty() {
            return text.to_owned();
        }
        let header = BASE64_STANDARD.encode(format!("{}:{secret}", self.user));
        text.replace(secret, "[redacted]").replace(&header, "[redacted]")
    }

    /// An error without the body of the response and with a redacted message.
    pub(crate) fn redact_error(&self, error: HttpError) -> HttpError {
        match without_body(error) {
            HttpError::Status { method, url, status, message, body, retry_after } => {
                let message = self.redact(&message);
                HttpError::Status { method, url, status, message, body, retry_after }
            }
            other => other,
        }
    }
}

/// An error without the body of the response: error pages of some frameworks
/// repeat the headers of the request.
pub(crate) fn without_body(error: HttpError) -> HttpError {
    match error {
        HttpError::Status { method, url, status, message, retry_after, .. } => {
            HttpError::Status { method, url, status, message, body: Bytes::new(), retry_after }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user: Option<&str>, password: &str) -> Credentials {
        Credentials::new(user, password.into(), CredentialSource::Given)
    }

    #[test]
    fn a_token_has_its_own_user_and_is_trimmed() {
        let found = credentials(Some("me"), "pypi-abc\n");
        assert_eq!((found.user.as_str(), found.password.expose_secret()), (TOKEN_USER, "pypi-abc"));
        assert_eq!(credentials(None, "secret").user, TOKEN_USER);
        let plain = credentials(Some("me"), " spaces ");
        assert_eq!((plain.user.as_str(), plain.password.expose_secret()), ("me", " spaces "));
    }

    #[test]
    fn the_secret_is_never_shown() {
        let found = credentials(None, "pypi-canary");
        assert!(!format!("{found:?} {}", found.source).contains("canary"));
        assert_eq!(found.redact("bad token pypi-canary!"), "bad token [redacted]!");
        let header = BASE64_STANDARD.encode("__token__:pypi-canary");
        assert!(!found.redact(&format!("Basic {header}")).contains(&header));
    }
}
