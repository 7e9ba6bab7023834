use std::fmt;

use url::Url;

/// Parameters whose values are no secrets, in the interfaces that we use: registries
/// (OCI distribution specification, token authentication), Docker Hub and GitHub.
const HARMLESS_PARAMETERS: [&str; 21] = [
    "branch",
    "digest",
    "event",
    "format",
    "from",
    "head_sha",
    "last",
    "mount",
    "n",
    "name",
    "page",
    "page_size",
    "per_page",
    "platform",
    "query",
    "ref",
    "scope",
    "service",
    "state",
    "status",
    "tag",
];

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

    /// The host, with the port when it is not that of the scheme.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// As displayed, with the names of the query's parameters, and the values of
    /// those that are harmless.
    pub(crate) fn with_harmless_query(&self) -> String {
        let Some(query) = self.0.query() else { return self.to_string() };
        let parameters: Vec<String> = query.split('&').map(redacted_parameter).collect();
        format!("{}?{}", self.without_query(), parameters.join("&"))
    }

    fn without_query(&self) -> String {
        format!("{}{}", self.0.origin().ascii_serialization(), self.0.path())
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
        write!(f, "{}{query}", self.without_query())
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A parameter without a name may be a secret itself.
fn redacted_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if HARMLESS_PARAMETERS.contains(&name) => parameter.to_owned(),
        Some((name, _)) => format!("{name}=…"),
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(url: &str) -> RedactedUrl {
        RedactedUrl::from(&url.parse().unwrap())
    }

    #[test]
    fn user_password_and_query_are_not_shown() {
        let url = redacted("https://me:canary@files.example:8443/a/b?X-Signature=canary");
        assert_eq!(url.to_string(), "https://files.example:8443/a/b?…");
    }

    #[test]
    fn of_a_query_only_harmless_values_are_shown() {
        let url =
            redacted("https://me:canary@r.example/token?scope=a:b:pull&sig=canary&canary&n=5");
        assert_eq!(url.with_harmless_query(), "https://r.example/token?scope=a:b:pull&sig=…&…&n=5");
        assert_eq!(redacted("https://r.example").with_harmless_query(), "https://r.example/");
    }

    #[test]
    fn the_authority_has_the_port_when_it_is_not_the_usual_one() {
        assert_eq!(redacted("https://me:canary@r.example:443/a").authority(), "r.example");
        assert_eq!(redacted("http://r.example:5000/a").authority(), "r.example:5000");
        assert_eq!(redacted("http://[::1]:80/").authority(), "[::1]");
    }
}
