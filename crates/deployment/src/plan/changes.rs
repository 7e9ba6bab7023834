//! Which services a deployment is about, and how each of them changes.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::Digest;

use super::{
    DesiredImage, Observed, ObservedService, Overlap, Policy, Role, ServiceChange, SwitchOrder,
};

/// The names of the services that are asked for: the infrastructure that is named, else those of
/// the command line, else the configured ones, else every application service. Each of them once.
pub(crate) fn selected_names(observed: &Observed, policy: &Policy) -> Vec<String> {
    if let Some(name) = &policy.infrastructure {
        return vec![name.clone()];
    }
    let named = [&policy.requested, &policy.configured].into_iter().find(|list| !list.is_empty());
    let application = || {
        let services = observed.services.iter();
        services.filter(|(_, service)| service.role == Role::Application).map(|(name, _)| name)
    };
    let names = named.map_or_else(|| application().cloned().collect(), Clone::clone);
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).collect()
}

/// The selected services that exist and may change: those of the application, or the
/// infrastructure that is named.
pub(super) fn selected_services<'a>(
    observed: &'a Observed,
    policy: &Policy,
) -> Vec<(String, &'a ObservedService)> {
    let names = selected_names(observed, policy).into_iter();
    let services = names.filter_map(|name| {
        let service = observed.services.get(&name)?;
        let is_application = service.role == Role::Application;
        (is_application == policy.infrastructure.is_none()).then_some((name, service))
    });
    services.collect()
}

/// The order in which old and new instances of a service change places: the
/// configured one, else the declared one; the old instance stops first by default,
/// because not every program bears a second version beside it. Two instances of infrastructure
/// never have one volume, and a configuration that comes back may allow for one instance only.
pub(super) fn switch_order(name: &str, service: &ObservedService, policy: &Policy) -> SwitchOrder {
    let is_exclusive =
        service.restored.as_ref().is_some_and(|restored| restored.exclusive.is_some());
    if policy.infrastructure.is_some() || is_exclusive {
        return SwitchOrder::StopFirst;
    }
    let configured = policy.orders.get(name).copied();
    configured.or(service.declared_order).unwrap_or(SwitchOrder::StopFirst)
}

/// Why a service cannot be switched in its order.
pub(super) fn impossible_overlap<'a>(
    name: &str,
    service: &'a ObservedService,
    policy: &Policy,
) -> Option<&'a str> {
    match (&service.overlap, switch_order(name, service, policy)) {
        (Overlap::Impossible(reason), SwitchOrder::StartFirst) => Some(reason),
        _ => None,
    }
}

/// How each selected service changes, dependencies first, and what the others run
/// that run the right image already.
pub(super) fn service_changes(
    observed: &Observed,
    policy: &Policy,
) -> (Vec<ServiceChange>, BTreeMap<String, String>) {
    let (mut changes, mut unchanged) = (Vec::new(), BTreeMap::new());
    for (name, service) in selected_services(observed, policy) {
        let Some(Ok(image)) = &service.desired else { continue };
        if is_deployed(service, image) {
            unchanged.insert(name, unchanged_label(image));
        } else {
            changes.push(service_change(name, service, image, policy));
        }
    }
    (dependencies_first(changes, observed), unchanged)
}

fn unchanged_label(image: &DesiredImage) -> String {
    let unasked = if image.offline { ", no registry was asked" } else { "" };
    format!("{}{unasked}", image.label())
}

/// Whether the right number of instances runs the image, and nothing else does.
fn is_deployed(service: &ObservedService, image: &DesiredImage) -> bool {
    let right = service.running().filter(|instance| image.is_run_by(instance)).count();
    let running = service.running().count();
    let is_right_number = right == running && Ok(right) == service.replicas.try_into();
    image.side_effects.is_empty() && is_right_number && !service.is_reconfigured()
}

fn service_change(
    name: String,
    service: &ObservedService,
    image: &DesiredImage,
    policy: &Policy,
) -> ServiceChange {
    let order = switch_order(&name, service, policy);
    ServiceChange {
        service: name,
        before: service.instances.clone(),
        reference_before: service.reference.clone(),
        image: image.clone(),
        settings: settings_of(service),
        is_reconfigured: service.restored.is_none() && service.is_reconfigured(),
        restored: service.restored.clone(),
        is_infrastructure: policy.infrastructure.is_some(),
        replicas: service.replicas,
        order,
    }
}

fn settings_of(service: &ObservedService) -> Option<Digest> {
    let declared = || service.settings.clone();
    service.restored.as_ref().map_or_else(declared, |restored| restored.settings.clone())
}

/// A service comes after those that it depends on; circles keep the order of names.
fn dependencies_first(mut open: Vec<ServiceChange>, observed: &Observed) -> Vec<ServiceChange> {
    let mut ordered: Vec<ServiceChange> = Vec::new();
    while !open.is_empty() {
        let waits = |change: &ServiceChange| {
            let needs = &observed.services[&change.service].dependencies;
            open.iter().any(|other| other != change && needs.contains(&other.service))
        };
        let next = open.iter().position(|change| !waits(change)).unwrap_or(0);
        ordered.push(open.remove(next));
    }
    ordered
}
