//! The public services, and nothing else: every address here can be overridden.

/// A registry whose address differs from its name, with what its 401 would say.
pub(super) struct PublicRegistry {
    pub(super) name: &'static str,
    pub(super) base_url: &'static str,
    /// Key in Docker's credential files and helpers.
    pub(super) credential_key: &'static str,
    pub(super) realm: &'static str,
    pub(super) service: &'static str,
}

/// Docker Hub (Docker documentation, "Registry authentication"; the key is
/// that of `docker login`, moby `registry.IndexServer`).
pub(super) const REGISTRIES: &[PublicRegistry] = &[PublicRegistry {
    name: "docker.io",
    base_url: "https://registry-1.docker.io/",
    credential_key: "https://index.docker.io/v1/",
    realm: "https://auth.docker.io/token",
    service: "registry.docker.io",
}];

/// Docker Hub's own API and its web pages.
pub(crate) const HUB: &str = "https://hub.docker.com/";
