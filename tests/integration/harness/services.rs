use std::collections::BTreeMap;

use rehearsal::{
    LoggedRequest,
    forge::{Forge, ForgeOptions},
    index::{IndexOptions, PackageIndex},
    oci::{Registry, RegistryOptions},
};

/// Planted secrets: every one has the word that no output, journal or argument
/// may contain.
pub(crate) struct Secrets;

impl Secrets {
    /// In every secret, and in nothing else.
    pub(crate) const MARK: &str = "canary";
    pub(crate) const INDEX: &str = "pypi-canary-of-the-index";
    pub(crate) const FORGE: &str = "ghp-canary-of-the-forge";
    pub(crate) const REGISTRY: &str = "canary-of-the-registry";
    /// The account that the registry's password belongs to.
    pub(crate) const ACCOUNT: &str = "maintainer";
}

/// The embedded servers; they live in the test's process.
pub(crate) struct Services {
    pub(crate) indexes: BTreeMap<String, PackageIndex>,
    pub(crate) registry: Option<Registry>,
    pub(crate) forge: Option<Forge>,
}

impl Services {
    pub(super) fn start(
        indexes: Vec<(String, IndexOptions)>,
        registry: Option<RegistryOptions>,
        forge: Option<ForgeOptions>,
    ) -> Self {
        let indexes = indexes.into_iter();
        Self {
            indexes: indexes
                .map(|(name, options)| (name, PackageIndex::start(options).unwrap()))
                .collect(),
            registry: registry.map(|options| Registry::start(options).unwrap()),
            forge: forge.map(|options| Forge::start(options).unwrap()),
        }
    }

    /// Every request to every server, with the server's name.
    pub(crate) fn requests(&self) -> Vec<(String, LoggedRequest)> {
        let of = |name: &str, requests: Vec<LoggedRequest>| {
            let name = name.to_owned();
            requests.into_iter().map(move |request| (name.clone(), request))
        };
        let indexes = self.indexes.iter().flat_map(|(name, index)| of(name, index.requests()));
        let registry = self.registry.iter().flat_map(|one| of("registry", one.requests()));
        let forge = self.forge.iter().flat_map(|one| of("forge", one.requests()));
        indexes.chain(registry).chain(forge).collect()
    }
}
