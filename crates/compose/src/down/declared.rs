use std::collections::{BTreeMap, BTreeSet};

use crate::{ComposeProject, Mentions, Model, Resource, Service};

/// What the Compose files say, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The active services, each with the services that it needs.
    pub services: BTreeMap<String, BTreeSet<String>>,
    /// Services of profiles that are not active, with their profiles.
    pub inactive: BTreeMap<String, Vec<String>>,
    /// Networks of the active services by their name in the files; `None` when
    /// the files could not be read so closely.
    pub networks: Option<BTreeMap<String, Resource>>,
    /// Volumes of the active services, likewise.
    pub volumes: Option<BTreeMap<String, Resource>>,
}

impl Declared {
    /// From Compose's model of the active services.
    #[must_use]
    pub fn active(model: &Model) -> Self {
        let services = model.services.iter();
        Self {
            services: services.map(|(name, service)| (name.clone(), needs(service))).collect(),
            inactive: BTreeMap::new(),
            networks: Some(model.networks.clone()),
            volumes: Some(model.volumes.clone()),
        }
    }

    /// Adds what Compose's model of all profiles knows beyond the active ones.
    #[must_use]
    pub fn with_all_profiles(mut self, all: &Model) -> Self {
        let inactive = all.services.iter().filter(|(name, _)| !self.services.contains_key(*name));
        self.inactive =
            inactive.map(|(name, service)| (name.clone(), service.profiles.clone())).collect();
        self
    }

    /// From a loose reading of the project's files, where no Compose is there to
    /// load them: which services there are and which of them are active, and
    /// nothing of networks and volumes. `None` when a file could not be read.
    #[must_use]
    pub fn loosely(mentions: &Mentions, project: &ComposeProject) -> Option<Self> {
        let mut profiles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mention in &mentions.images {
            if mention.service.is_empty() {
                return None;
            }
            profiles.entry(mention.service.clone()).or_default().extend(mention.profiles.clone());
        }
        let active = |of: &Vec<String>| {
            let named = |one: &String| one == "*" || of.contains(one);
            of.is_empty() || project.profiles.iter().any(named)
        };
        let (services, inactive): (BTreeMap<_, _>, _) =
            profiles.into_iter().partition(|(_, profiles)| active(profiles));
        let services = services.into_keys().map(|service| (service, BTreeSet::new())).collect();
        Some(Self { services, inactive, networks: None, volumes: None })
    }

    /// Whether a name is that of a resource which is not the project's own.
    pub(super) fn is_external(resources: Option<&BTreeMap<String, Resource>>, name: &str) -> bool {
        let mut all = resources.into_iter().flat_map(BTreeMap::values);
        all.any(|resource| resource.external && resource.name == name)
    }

    /// Whether a resource is one of the project's own; `None` when not known.
    pub(super) fn is_own(
        resources: Option<&BTreeMap<String, Resource>>,
        key: &str,
        name: &str,
    ) -> Option<bool> {
        let own = |resource: &Resource| !resource.external && resource.name == name;
        Some(resources?.get(key).is_some_and(own))
    }
}

/// What must be there before the service, and so goes after it.
fn needs(service: &Service) -> BTreeSet<String> {
    let shared = [&service.network_mode, &service.ipc, &service.pid].into_iter().flatten();
    let shared = shared.filter_map(|mode| mode.strip_prefix("service:")).map(str::to_owned);
    // `service:alias`, and `service:ro` or `container:name:ro`.
    let name = |text: &String| text.split(':').next().unwrap_or_default().to_owned();
    let volumes = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    let depends_on = service.depends_on.keys().cloned();
    let linked = service.links.iter().map(name);
    depends_on.chain(linked).chain(volumes.map(name)).chain(shared).collect()
}
