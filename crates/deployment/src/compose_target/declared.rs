//! The services as the Compose files declare them, beside what runs.

use std::collections::{BTreeMap, BTreeSet};

use compose::Service;
use compose_runtime::ServiceContainer;
use image_ref::Reference;
use local_docker::Mount;

use super::{
    connect::ComposeTarget,
    data::data_reason,
    image_name::services_named_with,
    instances::{by_service, service_containers},
    proxy::{proxy_problems, running_proxies},
};
use crate::{
    plan::{Instance, InstanceHealth, ObservedService, Overlap, SwitchOrder},
    target::TargetError,
};

/// Every service of the project.
pub(super) async fn observe_services(
    target: &ComposeTarget,
) -> Result<BTreeMap<String, ObservedService>, TargetError> {
    target.read_model().await?;
    let containers = service_containers(target).await?;
    let mut instances = by_service(&containers);
    let mut hashes = configuration_hashes(target).await?;
    let mut references = running_references(&containers);
    let proxies = running_proxies(target).await?;
    let mut services = BTreeMap::new();
    let model = target.model();
    for (name, declared) in &model.services {
        let instances = instances.remove(name).unwrap_or_default();
        let mut service = observed_service(target, name, declared, instances);
        service.reference = references.remove(name).unwrap_or(service.reference);
        service.configuration = hashes.remove(name);
        service.proxy_problems = proxy_problems(target, &proxies, name);
        let of_service = containers.iter().filter(|container| container.service == *name);
        let mounts = of_service.flat_map(|container| &container.details.mounts);
        service.keeps_data = data_reason(target.model().image_of(name).as_deref(), mounts);
        if let Some(reason) = only_container_reason(target, &containers, name) {
            service.overlap = Overlap::Impossible(reason);
        }
        services.insert(name.clone(), service);
    }
    Ok(services)
}

/// The services of profiles that are not active.
pub(super) async fn inactive_services(
    target: &ComposeTarget,
) -> Result<BTreeMap<String, String>, TargetError> {
    let all = target.compose.model(&target.project, true).await;
    let all = all.map_err(TargetError::unavailable("read the services of every profile"))?;
    let active = target.model();
    let services = all.services.into_iter().filter(|(name, _)| !active.services.contains_key(name));
    Ok(services.map(|(name, service)| (name, inactive_reason(&service.profiles))).collect())
}

fn inactive_reason(profiles: &[String]) -> String {
    let Some((first, others)) = profiles.split_first() else {
        return "it is not part of the project now".to_owned();
    };
    let of = match others {
        [] => format!("of the profile {first}, which is not active"),
        _ => format!("of the profiles {}, none of which is active", profiles.join(", ")),
    };
    format!("it is {of}; add --profile {first}")
}

/// The reference that each service's container was created by, which the Compose files
/// may not name any longer.
fn running_references(containers: &[ServiceContainer]) -> BTreeMap<String, String> {
    let references = containers.iter().map(|it| (it.service.clone(), it.details.image.clone()));
    references.filter(|(_, image)| image.parse::<Reference>().is_ok()).collect()
}

async fn configuration_hashes(
    target: &ComposeTarget,
) -> Result<BTreeMap<String, String>, TargetError> {
    let hashes = target.compose.configuration_hashes(&target.project).await;
    hashes.map_err(TargetError::unavailable("read the configuration of the services"))
}

fn observed_service(
    target: &ComposeTarget,
    name: &str,
    declared: &Service,
    instances: Vec<Instance>,
) -> ObservedService {
    let image = target.model().image_of(name);
    let has_health_check = declared.has_health_check
        || instances.iter().any(|instance| instance.health != InstanceHealth::Unchecked);
    ObservedService {
        role: target.roles.role_of(name, image.as_deref(), declared),
        keeps_data: None,
        instances,
        reference: image.unwrap_or_default(),
        configuration: None,
        settings: target.model().configurations.get(name).cloned(),
        replicas: declared.container_count(),
        declared_order: declared_order(declared),
        overlap: overlap(declared),
        trial: trial(declared),
        dependencies: dependencies(declared),
        shared_by: sharing_services(target, name),
        named_with: services_named_with(target, name),
        proxy_problems: Vec::new(),
        variables: None,
        has_health_check,
        restored: None,
        desired: None,
    }
}

/// Why there cannot be a second container beside that of a service: it has a name of its
/// own, or data in a volume without a name, which Compose hands on when it replaces the
/// container.
pub(super) fn only_container_reason(
    target: &ComposeTarget,
    containers: &[ServiceContainer],
    service: &str,
) -> Option<String> {
    let model = target.model();
    let declared = model.services.get(service);
    if let Some(name) = declared.and_then(|declared| declared.container_name.as_ref()) {
        return Some(format!("its container is named {name}"));
    }
    let of_service = containers.iter().filter(|container| container.service == service);
    let mut paths = of_service.filter_map(|container| anonymous_volume(&container.details.mounts));
    paths.next().map(|path| format!("it keeps data in a volume without a name at {path}"))
}

/// Where a volume is mounted that only this container has: the engine names it with 64
/// hex digits.
fn anonymous_volume(mounts: &[Mount]) -> Option<&str> {
    let is_anonymous =
        |name: &String| name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit());
    let mut volumes = mounts.iter().filter(|mount| mount.kind == "volume");
    let volume = volumes.find(|mount| mount.name.as_ref().is_some_and(is_anonymous))?;
    Some(&volume.target)
}

/// `deploy.update_config.order` of the Compose specification.
fn declared_order(declared: &Service) -> Option<SwitchOrder> {
    match declared.deploy.update_config.order.as_deref()? {
        "start-first" => Some(SwitchOrder::StartFirst),
        _ => Some(SwitchOrder::StopFirst),
    }
}

/// The engine gives a port of the host to one container only.
fn overlap(declared: &Service) -> Overlap {
    let published = declared.ports.iter().find_map(|port| port.published.as_deref());
    let fixed = published.filter(|port| !port.contains('-'));
    if let Some(port) = fixed {
        return Overlap::Impossible(format!("it publishes port {port} of the host"));
    }
    match declared.network_mode.as_deref() {
        Some("host") => Overlap::Impossible("it uses the network of the host".to_owned()),
        _ => Overlap::Possible,
    }
}

/// In a network that is not its own, a container answers in the place of another one.
fn trial(declared: &Service) -> Overlap {
    match declared.network_mode.as_deref() {
        Some("host") => Overlap::Impossible("it uses the network of the host".to_owned()),
        Some(mode) if mode.starts_with("service:") || mode.starts_with("container:") => {
            Overlap::Impossible("it uses the network of another container".to_owned())
        }
        _ => Overlap::Possible,
    }
}

/// The services that share the network, processes or memory of another one.
fn sharing_services(target: &ComposeTarget, name: &str) -> Vec<String> {
    let mode = format!("service:{name}");
    let shares = |service: &Service| {
        let modes = [&service.network_mode, &service.ipc, &service.pid];
        modes.into_iter().any(|other| other.as_ref() == Some(&mode))
    };
    let model = target.model();
    let services = model.services.iter().filter(|(_, service)| shares(service));
    services.map(|(name, _)| name.clone()).collect()
}

/// Dependencies that must be running; one-shots have ended.
fn dependencies(declared: &Service) -> Vec<String> {
    let explicit = declared.depends_on.iter().filter(|(_, dependency)| {
        dependency.required && dependency.condition != compose::Condition::CompletedSuccessfully
    });
    let mut names: BTreeSet<String> = explicit.map(|(name, _)| name.clone()).collect();
    names.extend(declared.implicit_dependencies());
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_the_host_excludes_a_second_version() {
        let port = |published: Option<&str>| Service {
            ports: vec![compose::Port { target: 80, published: published.map(str::to_owned) }],
            ..Service::default()
        };
        assert_eq!(overlap(&port(None)), Overlap::Possible);
        assert_eq!(overlap(&port(Some("8000-8010"))), Overlap::Possible);
        assert!(matches!(overlap(&port(Some("8000"))), Overlap::Impossible(_)));
    }

    #[test]
    fn a_service_of_an_inactive_profile_names_the_flag() {
        let reason = |profiles: &[&str]| {
            inactive_reason(&profiles.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let one = "it is of the profile debug, which is not active; add --profile debug";
        assert_eq!(reason(&["debug"]), one);
        let two = "it is of the profiles a, b, none of which is active; add --profile a";
        assert_eq!(reason(&["a", "b"]), two);
    }

    #[test]
    fn a_volume_without_a_name_is_recognised_by_its_64_digits() {
        let volume = |name: &str, target: &str| Mount {
            kind: "volume".to_owned(),
            name: Some(name.to_owned()),
            source: None,
            target: target.to_owned(),
        };
        let named = volume("shop_data", "/named");
        assert_eq!(anonymous_volume(std::slice::from_ref(&named)), None);
        let anonymous = volume(&"0f".repeat(32), "/data");
        assert_eq!(anonymous_volume(&[named, anonymous]), Some("/data"));
    }
}
