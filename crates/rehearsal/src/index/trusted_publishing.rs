//! Trusted publishing: tokens of a build service become short-lived upload tokens.
//!
//! Source: `warehouse/oidc/views.py` of pypi/warehouse. The build service is imitated, too: it
//! issues tokens in the form of JSON Web Tokens, whose signature is a fixed word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::name::normalized;

/// How long a minted upload token and an identity token are valid.
pub(crate) const VALID_FOR: Duration = Duration::from_secs(900);

/// A build job that may upload to some projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPublisher {
    subject: String,
    projects: BTreeSet<String>,
}

impl TrustedPublisher {
    /// The job whose identity tokens carry `subject`, such as
    /// `repo:octo/greeter:environment:release`, may upload to `projects`.
    ///
    /// Projects that do not exist yet are made when the first token is minted, as with PyPI's
    /// pending publishers.
    #[must_use]
    pub fn new<'a>(subject: &str, projects: impl IntoIterator<Item = &'a str>) -> Self {
        let projects = projects.into_iter().map(normalized).collect();
        Self { subject: subject.to_owned(), projects }
    }
}

/// Why no upload token is minted; the code is part of PyPI's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MintRefusal {
    Payload,
    Token,
    Reuse,
    Publisher,
}

impl MintRefusal {
    /// The body of the 422 answer.
    pub(crate) fn document(self) -> Value {
        let (code, description) = match self {
            Self::Payload => ("invalid-payload", "the request has no token"),
            Self::Token => ("invalid-token", "malformed or invalid token"),
            Self::Reuse => ("invalid-reuse-token", "invalid token: already used"),
            Self::Publisher => ("invalid-publisher", "valid token, but no corresponding publisher"),
        };
        json!({
            "message": "Token request failed",
            "errors": [{ "code": code, "description": description }],
        })
    }
}

/// The identity tokens that were issued, and the publishers they are checked against.
pub(crate) struct Publishing {
    audience: String,
    publishers: Vec<TrustedPublisher>,
    issued: BTreeMap<String, Claims>,
    used: BTreeSet<String>,
}

struct Claims {
    subject: String,
    audience: String,
    id: String,
    expires: SystemTime,
}

impl Publishing {
    pub(crate) fn new(audience: String, publishers: Vec<TrustedPublisher>) -> Self {
        Self { audience, publishers, issued: BTreeMap::new(), used: BTreeSet::new() }
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    /// Issues an identity token, as the build service does for a job.
    pub(crate) fn issue(&mut self, subject: &str, audience: &str, now: SystemTime) -> String {
        let id = format!("rehearsal-{}", self.issued.len() + 1);
        let expires = now + VALID_FOR;
        let token = web_token(subject, audience, &id, expires);
        let (subject, audience) = (subject.to_owned(), audience.to_owned());
        self.issued.insert(token.clone(), Claims { subject, audience, id, expires });
        token
    }

    /// The projects for which an upload token may be minted; each identity token works once.
    pub(crate) fn redeem(
        &mut self,
        token: &str,
        now: SystemTime,
    ) -> Result<BTreeSet<String>, MintRefusal> {
        let claims = self.issued.get(token).ok_or(MintRefusal::Token)?;
        if claims.audience != self.audience || now >= claims.expires {
            return Err(MintRefusal::Token);
        }
        if self.used.contains(&claims.id) {
            return Err(MintRefusal::Reuse);
        }
        let known = self.publishers.iter().find(|p| p.subject == claims.subject);
        let projects = known.ok_or(MintRefusal::Publisher)?.projects.clone();
        self.used.insert(claims.id.clone());
        Ok(projects)
    }
}

impl fmt::Debug for Publishing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Publishing").field("publishers", &self.publishers).finish_non_exhaustive()
    }
}

fn web_token(subject: &str, audience: &str, id: &str, expires: SystemTime) -> String {
    let expires = expires.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "none", "typ": "JWT" }));
    let claims = part(json!({
        "iss": "rehearsal", "sub": subject, "aud": audience, "jti": id, "exp": expires,
    }));
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode("rehearsal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn publishing() -> Publishing {
        let publisher = TrustedPublisher::new("repo:octo/greeter", ["Greeter"]);
        Publishing::new("pypi".to_owned(), vec![publisher])
    }

    #[test]
    fn an_identity_token_works_once() {
        let mut publishing = publishing();
        let token = publishing.issue("repo:octo/greeter", "pypi", NOW);
        assert_eq!(publishing.redeem(&token, NOW), Ok(BTreeSet::from(["greeter".to_owned()])));
        assert_eq!(publishing.redeem(&token, NOW), Err(MintRefusal::Reuse));
    }

    #[test]
    fn strangers_wrong_audiences_and_late_comers_are_refused() {
        let mut publishing = publishing();
        let stranger = publishing.issue("repo:octo/other", "pypi", NOW);
        let elsewhere = publishing.issue("repo:octo/greeter", "testpypi", NOW);
        let late = publishing.issue("repo:octo/greeter", "pypi", NOW);
        assert_eq!(publishing.redeem(&stranger, NOW), Err(MintRefusal::Publisher));
        assert_eq!(publishing.redeem(&elsewhere, NOW), Err(MintRefusal::Token));
        assert_eq!(publishing.redeem(&late, NOW + VALID_FOR), Err(MintRefusal::Token));
        assert_eq!(publishing.redeem("made.up.token", NOW), Err(MintRefusal::Token));
    }
}
