use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    declared::DeclaredServices,
    leftover::{Leftover, LeftoverReason, ResourceKind},
    order::{Edges, levels, removed_before},
    resources::{Container, Network, ProjectResources, Volume},
};
use crate::Resource;

/// How much a `down` removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DownOptions {
    /// Also services of all profiles, one-off containers, orphans, and the
    /// networks that are empty then.
    pub everything: bool,
    /// Also orphans and one-off containers, as with `--remove-orphans`.
    pub orphans: bool,
    /// Also the project's volumes.
    pub volumes: bool,
}

/// What a `down` removes, in which order, and what it leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DownPlan {
    /// Services whose containers are stopped and removed; those of a higher level
    /// come later.
    pub services: Vec<ServiceDown>,
    /// Networks that are removed after the containers, if they are empty then.
    pub networks: Vec<NetworkDown>,
    /// Volumes that are removed at the end.
    pub volumes: Vec<Volume>,
    /// What stays, and why.
    #[serde(rename = "left")]
    pub leftovers: Vec<Leftover>,
}

/// The containers of a service: they are removed at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceDown {
    /// Its name.
    pub service: String,
    /// 0 for the services that are removed first.
    pub level: usize,
    /// The services that must be gone before.
    pub after: BTreeSet<String>,
    /// By name.
    pub containers: Vec<Container>,
}

/// A network that is removed once no container is attached to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkDown {
    /// The network.
    pub network: Network,
    /// Containers that stay and are attached to it now: while they are, it stays.
    pub held_by: Vec<String>,
}

impl DownPlan {
    /// Whether nothing would be removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { services, networks, volumes, leftovers: _ } = self;
        services.is_empty() && networks.is_empty() && volumes.is_empty()
    }

    /// All containers that are removed, in order.
    pub fn containers_in_order(&self) -> impl Iterator<Item = &Container> {
        self.services.iter().flat_map(|service| &service.containers)
    }

    fn leave(&mut self, kind: ResourceKind, name: &str, reason: LeftoverReason) {
        self.leftovers.push(Leftover { kind, name: name.to_owned(), reason });
    }
}

/// Decides what a `down` does. Without `declared` everything with the project's label
/// is removed, except one-off containers.
#[must_use]
pub fn plan_down(
    resources: &ProjectResources,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) -> DownPlan {
    let mut plan = DownPlan::default();
    plan_containers(&mut plan, resources, declared, options);
    plan_networks(&mut plan, resources, declared, options);
    if options.volumes {
        plan_volumes(&mut plan, resources, declared, options);
    }
    plan.leftovers.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    plan
}

fn plan_containers(
    plan: &mut DownPlan,
    resources: &ProjectResources,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) {
    let mut removed: BTreeMap<String, Vec<Container>> = BTreeMap::new();
    for container in &resources.containers {
        match reason_container_stays(container, declared, options) {
            Some(reason) => plan.leave(ResourceKind::Container, &container.name, reason),
            None => {
                let service = container.service_name().to_owned();
                removed.entry(service).or_default().push(container.clone());
            }
        }
    }
    plan.services = order_services(removed, declared);
}

fn reason_container_stays(
    container: &Container,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) -> Option<LeftoverReason> {
    let service = container.service_name().to_owned();
    if !container.is_created_by_compose() {
        return Some(LeftoverReason::NotCreatedByCompose);
    }
    if options.everything {
        return None;
    }
    let inactive = declared.and_then(|declared| declared.inactive.get(&service));
    if container.is_one_off() {
        // Versions differ in what they remove with orphans; this is 2.26.
        let removed = options.orphans && inactive.is_none();
        return (!removed).then_some(LeftoverReason::OneOff { service });
    }
    if declared.is_none_or(|declared| declared.services.contains_key(&service)) {
        return None;
    }
    match inactive {
        Some(profiles) => {
            Some(LeftoverReason::InactiveProfile { profiles: profiles.clone(), service })
        }
        None if options.orphans => None,
        None => Some(LeftoverReason::Orphan { service }),
    }
}

fn order_services(
    removed: BTreeMap<String, Vec<Container>>,
    declared: Option<&DeclaredServices>,
) -> Vec<ServiceDown> {
    let mut dependencies: Edges =
        declared.map(|declared| declared.services.clone()).unwrap_or_default();
    for (service, containers) in &removed {
        let of_labels = containers.iter().flat_map(Container::dependencies);
        dependencies.entry(service.clone()).or_default().extend(of_labels);
    }
    let mut removed_before = removed_before(&removed.keys().cloned().collect(), &dependencies);
    let levels = levels(&removed_before);
    let services = removed.into_iter().map(|(service, mut containers)| {
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        let level = levels.get(&service).copied().unwrap_or_default();
        let after = removed_before.remove(&service).unwrap_or_default();
        ServiceDown { service, level, after, containers }
    });
    let mut services: Vec<ServiceDown> = services.collect();
    services.sort_by(|a, b| (a.level, &a.service).cmp(&(b.level, &b.service)));
    services
}

fn plan_networks(
    plan: &mut DownPlan,
    resources: &ProjectResources,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) {
    let removed: BTreeSet<String> =
        plan.containers_in_order().map(|container| container.name.clone()).collect();
    let staying: Vec<&Container> = resources
        .containers
        .iter()
        .filter(|container| !removed.contains(&container.name))
        .collect();
    for network in &resources.networks {
        match reason_network_stays(network, &staying, declared, options) {
            Some(reason) => plan.leave(ResourceKind::Network, &network.name, reason),
            None => {
                let held_by = network.attached.iter().filter(|name| !removed.contains(*name));
                let held_by = held_by.cloned().collect();
                plan.networks.push(NetworkDown { network: network.clone(), held_by });
            }
        }
    }
    plan.networks.sort_by(|a, b| a.network.name.cmp(&b.network.name));
}

fn reason_network_stays(
    network: &Network,
    staying: &[&Container],
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) -> Option<LeftoverReason> {
    let networks = declared.and_then(|declared| declared.networks.as_ref());
    if is_external(networks, &network.name) {
        return Some(LeftoverReason::External);
    }
    let Some(key) = network.key() else { return Some(LeftoverReason::NotCreatedByCompose) };
    if options.everything || declared.is_none() {
        return None;
    }
    match networks {
        Some(networks) if belongs_to_project(networks, key, &network.name) => None,
        Some(_) => Some(LeftoverReason::NotActive),
        None => {
            let by = configured_containers(network, staying);
            (!by.is_empty()).then_some(LeftoverReason::InUse { by })
        }
    }
}

/// The containers that stay and are configured for the network, running or not.
fn configured_containers(network: &Network, staying: &[&Container]) -> Vec<String> {
    let configured = staying.iter().filter(|container| container.networks.contains(&network.name));
    configured.map(|container| container.name.clone()).collect()
}

fn plan_volumes(
    plan: &mut DownPlan,
    resources: &ProjectResources,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) {
    for volume in &resources.volumes {
        match reason_volume_stays(volume, declared, options) {
            Some(reason) => plan.leave(ResourceKind::Volume, &volume.name, reason),
            None => plan.volumes.push(volume.clone()),
        }
    }
    plan.volumes.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Volumes hold data: one that is not known to belong to the project stays.
fn reason_volume_stays(
    volume: &Volume,
    declared: Option<&DeclaredServices>,
    options: DownOptions,
) -> Option<LeftoverReason> {
    let volumes = declared.and_then(|declared| declared.volumes.as_ref());
    if is_external(volumes, &volume.name) {
        return Some(LeftoverReason::External);
    }
    let Some(key) = volume.key() else { return Some(LeftoverReason::NotCreatedByCompose) };
    if options.everything || declared.is_none() {
        return None;
    }
    match volumes {
        Some(volumes) if belongs_to_project(volumes, key, &volume.name) => None,
        Some(_) => Some(LeftoverReason::NotActive),
        None => Some(LeftoverReason::UnknownOwner),
    }
}

/// Whether this is the name of a resource that is managed outside the project.
fn is_external(resources: Option<&BTreeMap<String, Resource>>, name: &str) -> bool {
    let mut resources = resources.into_iter().flat_map(BTreeMap::values);
    resources.any(|resource| resource.external && resource.name == name)
}

/// Whether the files declare this resource as the project's.
fn belongs_to_project(resources: &BTreeMap<String, Resource>, key: &str, name: &str) -> bool {
    resources.get(key).is_some_and(|resource| !resource.external && resource.name == name)
}
