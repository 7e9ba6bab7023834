use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Container, Declared, Kind, Left, Network, Observed, Reason, Volume,
    order::{self, Edges},
};

/// How far a `down` goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DownOptions {
    /// Also services of all profiles, one-off containers, orphans, and the
    /// networks that are empty then.
    pub everything: bool,
    /// Also orphans and one-off containers, as with `--remove-orphans`.
    pub orphans: bool,
    /// Also the project's own volumes.
    pub volumes: bool,
}

/// What goes, in which order, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DownPlan {
    /// Services whose containers are stopped and removed; those of a higher level
    /// come later.
    pub services: Vec<ServiceDown>,
    /// Networks that are removed when the containers are gone, if they are empty then.
    pub networks: Vec<NetworkDown>,
    /// Volumes that are removed at the end.
    pub volumes: Vec<Volume>,
    /// What stays, and why.
    pub left: Vec<Left>,
}

/// The containers of a service: they go at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceDown {
    /// Its name.
    pub service: String,
    /// 0 for what goes first.
    pub level: usize,
    /// The services that must be gone before.
    pub after: BTreeSet<String>,
    /// By name.
    pub containers: Vec<Container>,
}

/// A network that goes when nothing holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkDown {
    /// The network.
    pub network: Network,
    /// Containers that stay and are attached to it now: as long as they are, it stays.
    pub held_by: Vec<String>,
}

impl DownPlan {
    /// Whether nothing would be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { services, networks, volumes, left: _ } = self;
        services.is_empty() && networks.is_empty() && volumes.is_empty()
    }

    /// All containers that go, in order.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.services.iter().flat_map(|service| &service.containers)
    }
}

/// Decides what a `down` does. Without `declared` all that carries the project's
/// labels falls, except one-off containers.
#[must_use]
pub fn plan(observed: &Observed, declared: Option<&Declared>, options: DownOptions) -> DownPlan {
    let mut plan = DownPlan::default();
    let mut going: BTreeMap<String, Vec<Container>> = BTreeMap::new();
    for container in &observed.containers {
        match container_stays(container, declared, options) {
            Some(reason) => plan.leave(Kind::Container, &container.name, reason),
            None => {
                going.entry(container.service().to_owned()).or_default().push(container.clone());
            }
        }
    }
    plan.services = in_order(going, declared);
    plan.plan_networks(observed, declared, options);
    if options.volumes {
        plan.plan_volumes(observed, declared, options);
    }
    plan.left.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    plan
}

fn container_stays(
    container: &Container,
    declared: Option<&Declared>,
    options: DownOptions,
) -> Option<Reason> {
    let service = container.service().to_owned();
    if !container.is_of_compose() {
        return Some(Reason::NotOfCompose);
    }
    if options.everything {
        return None;
    }
    let inactive = declared.and_then(|declared| declared.inactive.get(&service));
    if container.is_one_off() {
        // Versions differ in what they sweep up with orphans; this is 2.26.
        let goes = options.orphans && inactive.is_none();
        return (!goes).then_some(Reason::OneOff { service });
    }
    if declared.is_none_or(|declared| declared.services.contains_key(&service)) {
        return None;
    }
    match inactive {
        Some(profiles) => Some(Reason::InactiveProfile { profiles: profiles.clone(), service }),
        None if options.orphans => None,
        None => Some(Reason::Orphan { service }),
    }
}

fn in_order(
    going: BTreeMap<String, Vec<Container>>,
    declared: Option<&Declared>,
) -> Vec<ServiceDown> {
    let mut needs: Edges = declared.map(|known| known.services.clone()).unwrap_or_default();
    for (service, containers) in &going {
        let labelled = containers.iter().flat_map(Container::needs);
        needs.entry(service.clone()).or_default().extend(labelled);
    }
    let mut after = order::after(&going.keys().cloned().collect(), &needs);
    let levels = order::levels(&after);
    let service = |(service, mut containers): (String, Vec<Container>)| {
        containers.sort_by(|one, other| one.name.cmp(&other.name));
        let level = levels.get(&service).copied().unwrap_or_default();
        let after = after.remove(&service).unwrap_or_default();
        ServiceDown { service, level, after, containers }
    };
    let mut services: Vec<ServiceDown> = going.into_iter().map(service).collect();
    services.sort_by(|one, other| (one.level, &one.service).cmp(&(other.level, &other.service)));
    services
}

impl DownPlan {
    fn leave(&mut self, kind: Kind, name: &str, reason: Reason) {
        self.left.push(Left { kind, name: name.to_owned(), reason });
    }

    fn plan_networks(
        &mut self,
        observed: &Observed,
        declared: Option<&Declared>,
        options: DownOptions,
    ) {
        let going: BTreeSet<&str> = self.containers().map(|one| one.name.as_str()).collect();
        let staying: Vec<&Container> =
            observed.containers.iter().filter(|one| !going.contains(one.name.as_str())).collect();
        let judge = |network: &Network| {
            let held_by = network.attached.iter().filter(|name| !going.contains(name.as_str()));
            let held_by: Vec<String> = held_by.cloned().collect();
            (network_stays(network, &staying, declared, options), held_by)
        };
        let judged: Vec<_> = observed.networks.iter().map(judge).collect();
        for (network, (stays, held_by)) in observed.networks.iter().zip(judged) {
            match stays {
                Some(reason) => self.leave(Kind::Network, &network.name, reason),
                None => self.networks.push(NetworkDown { network: network.clone(), held_by }),
            }
        }
        self.networks.sort_by(|one, other| one.network.name.cmp(&other.network.name));
    }

    fn plan_volumes(
        &mut self,
        observed: &Observed,
        declared: Option<&Declared>,
        options: DownOptions,
    ) {
        for volume in &observed.volumes {
            match volume_stays(volume, declared, options) {
                Some(reason) => self.leave(Kind::Volume, &volume.name, reason),
                None => self.volumes.push(volume.clone()),
            }
        }
        self.volumes.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

fn network_stays(
    network: &Network,
    staying: &[&Container],
    declared: Option<&Declared>,
    options: DownOptions,
) -> Option<Reason> {
    let known = declared.and_then(|declared| declared.networks.as_ref());
    if Declared::is_external(known, &network.name) {
        return Some(Reason::External);
    }
    let Some(key) = network.key() else { return Some(Reason::NotOfCompose) };
    if options.everything || declared.is_none() {
        return None;
    }
    match Declared::is_own(known, key, &network.name) {
        Some(true) => None,
        Some(false) => Some(Reason::NotActive),
        None => wanted_by(network, staying).map(|by| Reason::InUse { by }),
    }
}

/// The containers that stay and are configured for the network, running or not.
fn wanted_by(network: &Network, staying: &[&Container]) -> Option<Vec<String>> {
    let wants = |one: &&&Container| one.networks.contains(&network.name);
    let by: Vec<String> = staying.iter().filter(wants).map(|one| one.name.clone()).collect();
    (!by.is_empty()).then_some(by)
}

/// Volumes hold data: what is not known to be the project's own stays.
fn volume_stays(
    volume: &Volume,
    declared: Option<&Declared>,
    options: DownOptions,
) -> Option<Reason> {
    let known = declared.and_then(|declared| declared.volumes.as_ref());
    if Declared::is_external(known, &volume.name) {
        return Some(Reason::External);
    }
    let Some(key) = volume.key() else { return Some(Reason::NotOfCompose) };
    if options.everything || declared.is_none() {
        return None;
    }
    match Declared::is_own(known, key, &volume.name) {
        Some(true) => None,
        Some(false) => Some(Reason::NotActive),
        None => Some(Reason::NotKnown),
    }
}
