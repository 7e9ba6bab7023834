//! Where a registry is, given its name.

pub(crate) mod table;

use std::collections::HashMap;

use image_ref::{Registry, Repository};
use transport::Url;

use crate::auth::Challenge;

/// Where requests to one registry go, and under which name its credentials are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEndpoint {
    registry: Registry,
    base_url: Url,
    credential_key: String,
    challenge: Option<Challenge>,
}

impl RegistryEndpoint {
    /// The usual place of a registry: HTTPS on its host, plain HTTP on loopback.
    /// `None` when the host makes no URL.
    #[must_use]
    pub fn of(registry: &Registry) -> Option<Self> {
        if let Some(public) = table::REGISTRIES.iter().find(|row| row.name == registry.as_str()) {
            return Self::public(registry, public);
        }
        let scheme = if registry.is_loopback() { "http" } else { "https" };
        let base_url = format!("{scheme}://{registry}/").parse().ok()?;
        let credential_key = registry.as_str().to_owned();
        Some(Self { registry: registry.clone(), base_url, credential_key, challenge: None })
    }

    fn public(registry: &Registry, public: &table::PublicRegistry) -> Option<Self> {
        let challenge = Challenge::bearer(public.realm.parse().ok()?, public.service);
        Some(Self {
            registry: registry.clone(),
            base_url: public.base_url.parse().ok()?,
            credential_key: public.credential_key.to_owned(),
            challenge: Some(challenge),
        })
    }

    /// The same registry name at another place. Its credentials are then those
    /// of the new host: a rehearsal never sends the real ones.
    #[must_use]
    pub fn at(registry: &Registry, mut base_url: Url) -> Self {
        if !base_url.path().ends_with('/') {
            base_url.set_path(&format!("{}/", base_url.path()));
        }
        let credential_key = host_and_port(&base_url);
        Self { registry: registry.clone(), base_url, credential_key, challenge: None }
    }

    /// The registry as references name it.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where `v2/` is below.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The key of its credentials in Docker's files and helpers.
    #[must_use]
    pub fn credential_key(&self) -> &str {
        &self.credential_key
    }

    /// The challenge of a public registry, which need not be requested.
    pub(crate) fn public_challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// `…/v2/`, where the API answers whether credentials are needed.
    pub(crate) fn api_root(&self) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}v2/", self.base_url.path()));
        url
    }

    /// `…/v2/REPOSITORY/REST`. Repository paths, tags and digests need no escapes.
    pub(crate) fn url(&self, repository: &Repository, rest: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}v2/{}/{rest}", self.base_url.path(), repository.path()));
        url
    }

    /// Host, and port where it is not that of the scheme.
    pub(crate) fn host_and_port(&self) -> String {
        host_and_port(&self.base_url)
    }

    /// Whether this address is the registry's own: same scheme, host and port.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        self.base_url.origin() == url.origin()
    }
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Which registries are somewhere else than usual.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    overrides: HashMap<Registry, Url>,
}

impl Endpoints {
    /// Every registry at its usual place.
    #[must_use]
    pub fn public() -> Self {
        Self::default()
    }

    /// Sends requests to `registry` to another base URL: rehearsals and tests.
    #[must_use]
    pub fn with(mut self, registry: Registry, base_url: Url) -> Self {
        self.overrides.insert(registry, base_url);
        self
    }

    /// The public addresses, except for these registries by name: what a
    /// configuration file states.
    ///
    /// # Errors
    /// [`image_ref::ParseError`] for a name that is not a registry.
    pub fn configured<'a>(
        overrides: impl IntoIterator<Item = (&'a str, Url)>,
    ) -> Result<Self, image_ref::ParseError> {
        overrides.into_iter().try_fold(Self::public(), |endpoints, (name, url)| {
            Ok(endpoints.with(name.parse()?, url))
        })
    }

    /// Where this registry is. `None` when its host makes no URL.
    #[must_use]
    pub fn endpoint(&self, registry: &Registry) -> Option<RegistryEndpoint> {
        match self.overrides.get(registry) {
            Some(url) => Some(RegistryEndpoint::at(registry, url.clone())),
            None => RegistryEndpoint::of(registry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str) -> RegistryEndpoint {
        RegistryEndpoint::of(&name.parse().unwrap()).unwrap()
    }

    #[test]
    fn docker_hub_is_served_by_another_host_than_its_name() {
        let hub = endpoint("docker.io");
        let debian: Repository = "debian".parse().unwrap();
        assert!(hub.url(&debian, "tags/list").path().ends_with("/v2/library/debian/tags/list"));
        assert_ne!(hub.base_url().host_str(), Some("docker.io"));
        assert!(hub.credential_key().ends_with("/v1/"));
        assert!(hub.public_challenge().is_some());
    }

    #[test]
    fn only_loopback_is_spoken_to_in_plain_text() {
        assert_eq!(endpoint("localhost:5000").base_url().scheme(), "http");
        assert_eq!(endpoint("[::1]:5000").base_url().scheme(), "http");
        assert_eq!(endpoint("registry.example:5000").base_url().scheme(), "https");
    }

    #[test]
    fn an_overridden_registry_does_not_get_the_real_credentials() {
        let hub = Registry::docker_hub();
        let moved = Endpoints::public().with(hub.clone(), "http://127.0.0.1:5000".parse().unwrap());
        let endpoint = moved.endpoint(&hub).unwrap();
        assert_eq!(endpoint.credential_key(), "127.0.0.1:5000");
        assert_eq!(endpoint.public_challenge(), None);
    }

    #[test]
    fn a_base_url_may_have_a_path() {
        let endpoint = RegistryEndpoint::at(
            &Registry::docker_hub(),
            "https://proxy.example/hub".parse().unwrap(),
        );
        assert_eq!(endpoint.api_root().path(), "/hub/v2/");
    }
}
