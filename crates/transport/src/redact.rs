use std::fmt;

use url::Url;

/// A URL that shows neither user, password nor query when displayed: signed
/// download addresses carry their secret there.
#[derive(Clone, PartialEq, Eq)]
pub struct RedactedUrl(Box<Url>);

impl RedactedUrl {
    /// The URL itself, for sending.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl From<&Url> for RedactedUrl {
    fn from(url: &Url) -> Self {
        Self(Box::new(url.clone()))
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.0.query().is_some() { "?…" } else { "" };
        write!(f, "{}{}{query}", self.0.origin().ascii_serialization(), self.0.path())
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_password_and_query_are_not_shown() {
        let url = "https://me:canary@files.example:8443/a/b?X-Signature=canary".parse().unwrap();
        assert_eq!(RedactedUrl::from(&url).to_string(), "https://files.example:8443/a/b?…");
    }
}
