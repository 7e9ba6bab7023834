use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ParseError, string_conversions};

/// A registry by the name that stands in references: `docker.io`, `ghcr.io`,
/// `localhost:5000`. Where requests go is the adapter's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Registry(String);

/// The name of Docker Hub in references.
const DOCKER_HUB: &str = "docker.io";

impl Registry {
    /// Docker Hub, the registry of names that state none.
    #[must_use]
    pub fn docker_hub() -> Self {
        Self(DOCKER_HUB.to_owned())
    }

    /// Whether this is Docker Hub.
    #[must_use]
    pub fn is_docker_hub(&self) -> bool {
        self.0 == DOCKER_HUB
    }

    /// Host and optional port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the host is this machine's loopback: Docker's engine and other
    /// clients speak plain HTTP to such registries.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = match self.0.rsplit_once(':') {
            Some((host, _)) => host,
            None => &self.0,
        };
        host == "localhost" || host == "[::1]" || host.starts_with("127.")
    }

    /// Whether the first component of a name is a registry rather than a part
    /// of the path: it has a dot or a port, or it is `localhost`.
    pub(crate) fn is_registry_component(component: &str) -> bool {
        component.contains(['.', ':']) || component == "localhost"
    }
}

impl FromStr for Registry {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // The only other name that Docker takes for it (distribution/reference).
        if text == "index.docker.io" {
            return Ok(Self::docker_hub());
        }
        is_host(text)
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| ParseError::Registry(text.to_owned()))
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let valid_host = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_label),
    };
    valid_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

string_conversions!(Registry);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_name_of_docker_hub_means_docker_hub() {
        let is_docker_hub = |text: &str| text.parse::<Registry>().unwrap().is_docker_hub();
        assert!(is_docker_hub("index.docker.io") && !is_docker_hub("registry-1.docker.io"));
    }

    #[test]
    fn loopback_is_recognised_with_and_without_a_port() {
        for text in ["127.0.0.1:5000", "localhost", "[::1]:5000"] {
            assert!(text.parse::<Registry>().unwrap().is_loopback(), "{text}");
        }
        assert!(!"ghcr.io".parse::<Registry>().unwrap().is_loopback());
    }
}
