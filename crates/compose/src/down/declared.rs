use std::collections::{BTreeMap, BTreeSet};

use crate::{ComposeProject, Mentions, Model, Resource, Service};

/// The services of the Compose files with their networks and volumes, as far as
/// they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredServices {
    /// The active services, each with the services that it depends on.
    pub services: BTreeMap<String, BTreeSet<String>>,
    /// Services of profiles that are not active, with their profiles.
    pub inactive: BTreeMap<String, Vec<String>>,
    /// Networks of the active services by their name in the files; `None` when
    /// the files could not be read that precisely.
    pub networks: Option<BTreeMap<String, Resource>>,
    /// Volumes of the active services, likewise.
    pub volumes: Option<BTreeMap<String, Resource>>,
    /// Active services with hooks that Compose runs before it stops them.
    pub with_pre_stop: BTreeSet<String>,
    /// Active services that a provider runs instead of the engine.
    pub with_provider: BTreeSet<String>,
}

impl DeclaredServices {
    /// From Compose's model of the active services.
    #[must_use]
    pub fn from_model(model: &Model) -> Self {
        let services = model.services.iter();
        Self {
            services: services
                .map(|(name, service)| (name.clone(), dependencies(service)))
                .collect(),
            inactive: BTreeMap::new(),
            networks: Some(model.networks.clone()),
            volumes: Some(model.volumes.clone()),
            with_pre_stop: services_with(model, |service| service.has_pre_stop),
            with_provider: services_with(model, |service| service.has_provider),
        }
    }

    /// Adds the services that Compose's model of all profiles has in addition to the
    /// active ones.
    #[must_use]
    pub fn with_all_profiles(mut self, all: &Model) -> Self {
        let inactive = all.services.iter().filter(|(name, _)| !self.services.contains_key(*name));
        self.inactive =
            inactive.map(|(name, service)| (name.clone(), service.profiles.clone())).collect();
        self
    }

    /// From a tolerant reading of the project's files, where no Compose is installed
    /// that could load them: the services and which of them are active, but no
    /// networks and volumes. `None` when a file could not be read.
    #[must_use]
    pub fn from_mentions(mentions: &Mentions, project: &ComposeProject) -> Option<Self> {
        let mut profiles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mention in &mentions.images {
            if mention.service.is_empty() {
                return None;
            }
            profiles.entry(mention.service.clone()).or_default().extend(mention.profiles.clone());
        }
        let (services, inactive): (BTreeMap<_, _>, _) =
            profiles.into_iter().partition(|(_, profiles)| is_active(profiles, &project.profiles));
        let services = services.into_keys().map(|service| (service, BTreeSet::new())).collect();
        Some(Self { services, inactive, ..Self::default() })
    }
}

fn is_active(profiles: &[String], active: &[String]) -> bool {
    profiles.is_empty() || active.iter().any(|name| name == "*" || profiles.contains(name))
}

/// The services that must exist before the service, and so are removed after it.
fn dependencies(service: &Service) -> BTreeSet<String> {
    service.depends_on.keys().cloned().chain(service.implicit_dependencies()).collect()
}

fn services_with(model: &Model, has: impl Fn(&Service) -> bool) -> BTreeSet<String> {
    let services = model.services.iter().filter(|(_, service)| has(service));
    services.map(|(name, _)| name.clone()).collect()
}
