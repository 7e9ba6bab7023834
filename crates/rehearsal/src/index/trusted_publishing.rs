//! Trusted publishing: identity tokens of a build service are exchanged for short-lived upload
//! tokens.
//!
//! Source: `warehouse/oidc/views.py` of pypi/warehouse. The build service is imitated as well: it
//! issues JSON Web Tokens with a constant signature.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::name::normalized;
use crate::credentials::unsigned_jwt;

/// The lifetime of minted upload tokens and of identity tokens.
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(900);

/// A build job that may upload to some projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPublisher {
    subject: String,
    projects: BTreeSet<String>,
}

impl TrustedPublisher {
    /// Allows the job whose identity tokens contain `subject`, such as
    /// `repo:octo/greeter:environment:release`, to upload to `projects`.
    ///
    /// Projects that do not exist yet are created when the first token is minted, as with PyPI's
    /// pending publishers.
    #[must_use]
    pub fn new<'a>(subject: &str, projects: impl IntoIterator<Item = &'a str>) -> Self {
        let projects = projects.into_iter().map(normalized).collect();
        Self { subject: subject.to_owned(), projects }
    }
}

/// The reason no upload token is minted; its code is part of PyPI's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MintError {
    InvalidPayload,
    InvalidToken,
    ReusedToken,
    UnknownPublisher,
}

impl MintError {
    /// The body of the 422 response.
    pub(super) fn to_json(self) -> Value {
        let (code, description) = match self {
            Self::InvalidPayload => ("invalid-payload", "the request has no token"),
            Self::InvalidToken => ("invalid-token", "malformed or invalid token"),
            Self::ReusedToken => ("invalid-reuse-token", "invalid token: already used"),
            Self::UnknownPublisher => {
                ("invalid-publisher", "valid token, but no corresponding publisher")
            }
        };
        json!({
            "message": "Token request failed",
            "errors": [{ "code": code, "description": description }],
        })
    }
}

/// The publishers of an index, and the identity tokens of their build jobs.
pub(super) struct TrustedPublishing {
    audience: String,
    publishers: Vec<TrustedPublisher>,
    issued: BTreeMap<String, IdentityClaims>,
    /// The IDs of identity tokens that were exchanged.
    used: BTreeSet<String>,
}

struct IdentityClaims {
    subject: String,
    audience: String,
    id: String,
    expires: SystemTime,
}

impl TrustedPublishing {
    pub(super) fn new(audience: String, publishers: Vec<TrustedPublisher>) -> Self {
        Self { audience, publishers, issued: BTreeMap::new(), used: BTreeSet::new() }
    }

    pub(super) fn audience(&self) -> &str {
        &self.audience
    }

    /// Issues an identity token, as the build service does for a job.
    pub(super) fn issue_identity_token(
        &mut self,
        subject: &str,
        audience: &str,
        now: SystemTime,
    ) -> String {
        let id = format!("rehearsal-{}", self.issued.len() + 1);
        let expires = now + TOKEN_LIFETIME;
        let token = identity_token(subject, audience, &id, expires);
        let (subject, audience) = (subject.to_owned(), audience.to_owned());
        self.issued.insert(token.clone(), IdentityClaims { subject, audience, id, expires });
        token
    }

    /// Exchanges an identity token, once, for the projects to which its job may upload.
    pub(super) fn redeem(
        &mut self,
        token: &str,
        now: SystemTime,
    ) -> Result<BTreeSet<String>, MintError> {
        let claims = self.issued.get(token).ok_or(MintError::InvalidToken)?;
        if claims.audience != self.audience || now >= claims.expires {
            return Err(MintError::InvalidToken);
        }
        if self.used.contains(&claims.id) {
            return Err(MintError::ReusedToken);
        }
        let publisher =
            self.publishers.iter().find(|publisher| publisher.subject == claims.subject);
        let projects = publisher.ok_or(MintError::UnknownPublisher)?.projects.clone();
        self.used.insert(claims.id.clone());
        Ok(projects)
    }
}

impl fmt::Debug for TrustedPublishing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TrustedPublishing")
            .field("publishers", &self.publishers)
            .finish_non_exhaustive()
    }
}

fn identity_token(subject: &str, audience: &str, id: &str, expires: SystemTime) -> String {
    let expires = expires.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": "rehearsal", "sub": subject, "aud": audience, "jti": id, "exp": expires,
    });
    unsigned_jwt(&claims, &URL_SAFE_NO_PAD.encode("rehearsal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn publishing() -> TrustedPublishing {
        let publisher = TrustedPublisher::new("repo:octo/greeter", ["Greeter"]);
        TrustedPublishing::new("pypi".to_owned(), vec![publisher])
    }

    #[test]
    fn an_identity_token_works_once() {
        let mut publishing = publishing();
        let token = publishing.issue_identity_token("repo:octo/greeter", "pypi", NOW);
        assert_eq!(publishing.redeem(&token, NOW), Ok(BTreeSet::from(["greeter".to_owned()])));
        assert_eq!(publishing.redeem(&token, NOW), Err(MintError::ReusedToken));
    }

    #[test]
    fn unknown_subjects_wrong_audiences_and_expired_tokens_are_refused() {
        let mut publishing = publishing();
        let stranger = publishing.issue_identity_token("repo:octo/other", "pypi", NOW);
        let other_audience = publishing.issue_identity_token("repo:octo/greeter", "testpypi", NOW);
        let late = publishing.issue_identity_token("repo:octo/greeter", "pypi", NOW);
        assert_eq!(publishing.redeem(&stranger, NOW), Err(MintError::UnknownPublisher));
        assert_eq!(publishing.redeem(&other_audience, NOW), Err(MintError::InvalidToken));
        assert_eq!(publishing.redeem(&late, NOW + TOKEN_LIFETIME), Err(MintError::InvalidToken));
        assert_eq!(publishing.redeem("made.up.token", NOW), Err(MintError::InvalidToken));
    }
}
