//! What a container of a service was created with, and what people call the parts of it.

use std::collections::BTreeMap;

use compose::labels::CONFIG_HASH;
use local_docker::ContainerSpecification;
use serde_json::{Map, Value, json};

use super::{connect::ComposeTarget, engine_error::engine_error, instances::container_id};
use crate::{
    plan::Instance,
    target::{InstanceConfiguration, TargetError},
};

/// What follows the name of a restored container as long as the old one has that name, before
/// its number.
pub(super) const RESTORED: &str = "-restored-";
/// The beginning of the labels that Compose sets itself.
const COMPOSE_LABELS: &str = "com.docker.compose.";
/// Members of the engine's `Config` and what people call them.
const OF_CONFIG: [(&str, &str); 8] = [
    ("Cmd", "command"),
    ("Entrypoint", "command"),
    ("User", "user"),
    ("WorkingDir", "working directory"),
    ("Healthcheck", "health check"),
    ("ExposedPorts", "ports"),
    ("Volumes", "mounts"),
    ("Labels", "labels"),
];
/// Members of the engine's `HostConfig` and what people call them.
const OF_HOST: [(&str, &str); 8] = [
    ("PortBindings", "ports"),
    ("Binds", "mounts"),
    ("Mounts", "mounts"),
    ("Tmpfs", "mounts"),
    ("VolumesFrom", "mounts"),
    ("NetworkMode", "networks"),
    ("ExtraHosts", "networks"),
    ("RestartPolicy", "restart policy"),
];
/// What everything else is called.
const OTHER: &str = "other settings";

/// What a container was created with.
pub(super) async fn configuration_of(
    target: &ComposeTarget,
    service: &str,
    instance: &Instance,
) -> Result<Option<InstanceConfiguration>, TargetError> {
    let specification = target.engine.creation().specification(&container_id(instance)?).await;
    let specification =
        specification.map_err(engine_error(&format!("inspect the container {}", instance.name)))?;
    let Some(mut specification) = specification else { return Ok(None) };
    let names = ContainerNames { project: &target.project.name, service };
    let instance_name = names.own(&specification.name);
    // A container is renamed when the old one is removed, and not in its networks.
    specification.retain_aliases(|alias| !names.is_numbered(alias));
    Ok(Some(InstanceConfiguration {
        variables: specification.variables(),
        parts: parts_of(&specification, instance_name.as_deref()),
        identity: specification.labels().remove(CONFIG_HASH),
        exclusive: exclusive_reason(&specification, instance_name.as_deref()),
        instance_name,
        incomplete: incomplete_reason(target, service, &specification),
        data: json!(specification),
    }))
}

fn incomplete_reason(
    target: &ComposeTarget,
    service: &str,
    specification: &ContainerSpecification,
) -> Option<String> {
    if target.model().written_files.contains(service) {
        let files = "it has configs or secrets that only Compose can write into a container";
        return Some(files.to_owned());
    }
    let shared = specification.shared_with_container()?;
    Some(format!("it shares the {shared} of a container of then"))
}

/// How the containers of a service are named.
struct ContainerNames<'a> {
    project: &'a str,
    service: &'a str,
}

impl ContainerNames<'_> {
    /// Compose names containers `shop-api-1`, earlier versions `shop_api_1`.
    fn is_numbered(&self, name: &str) -> bool {
        let is_number = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
        let Self { project, service } = self;
        ['-', '_'].into_iter().any(|separator| {
            let prefix = format!("{project}{separator}{service}{separator}");
            name.strip_prefix(&prefix).is_some_and(is_number)
        })
    }

    /// Another name is one of the files, which a restored container gets when the old one is
    /// removed.
    fn own(&self, name: &str) -> Option<String> {
        let name = name.rsplit_once(RESTORED).map_or(name, |(own, _)| own);
        (!self.is_numbered(name)).then(|| name.to_owned())
    }
}

fn exclusive_reason(
    specification: &ContainerSpecification,
    own_name: Option<&str>,
) -> Option<String> {
    let port = specification.fixed_port();
    let port = port.map(|port| format!("it publishes port {port} of the host"));
    let host = || {
        let is_host = specification.network_mode() == "host";
        is_host.then(|| "it uses the network of the host".to_owned())
    };
    let name = || own_name.map(|name| format!("its container is named {name}"));
    let volume = || {
        let path = specification.unnamed_volumes.keys().next()?;
        Some(format!("it keeps data in a volume without a name at {path}"))
    };
    port.or_else(host).or_else(name).or_else(volume)
}

/// Everything but the environment, by what people call it.
fn parts_of(
    specification: &ContainerSpecification,
    own_name: Option<&str>,
) -> BTreeMap<String, Value> {
    let mut parts: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut add = |name: &str, member: &str, value: &Value| {
        if let Some(value) = plain_value(member, value, specification) {
            parts.entry(name.to_owned()).or_default().insert(member.to_owned(), value);
        }
    };
    for (member, value) in specification.config.iter().filter(|(member, _)| *member != "Env") {
        add(name_in(&OF_CONFIG, member), member, value);
    }
    for (member, value) in &specification.host {
        add(name_in(&OF_HOST, member), member, value);
    }
    for (network, endpoint) in &specification.networks {
        add("networks", network, &json!(endpoint));
    }
    own_name.iter().for_each(|name| add("name", "Name", &json!(name)));
    let parts = parts.into_iter();
    parts.map(|(name, members)| (name, Value::Object(members))).collect()
}

fn name_in<'a>(names: &[(&str, &'a str)], member: &str) -> &'a str {
    names.iter().find(|(own, _)| *own == member).map_or(OTHER, |(_, name)| name)
}

/// A value without what belongs to one container only; `None` for one that says nothing.
fn plain_value(
    member: &str,
    value: &Value,
    specification: &ContainerSpecification,
) -> Option<Value> {
    let value = match (member, value) {
        ("Labels", Value::Object(labels)) => {
            let own = labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
            Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        (_, Value::Array(list)) => {
            let shared = list.iter().filter(|it| !is_of_one_container(it, specification));
            Value::Array(shared.cloned().collect())
        }
        (_, Value::Object(members)) => {
            let members = members.iter().filter_map(|(name, value)| {
                Some((name.clone(), plain_value(name, value, specification)?))
            });
            Value::Object(members.collect())
        }
        _ => value.clone(),
    };
    let is_empty = match &value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(value)
}

/// A volume without a name, or the name of the container.
fn is_of_one_container(value: &Value, specification: &ContainerSpecification) -> bool {
    let mut volumes = specification.unnamed_volumes.values();
    match value {
        Value::String(text) => {
            *text == specification.name || volumes.any(|volume| text.starts_with(volume.as_str()))
        }
        Value::Object(mount) => {
            let source = mount.get("Source").and_then(Value::as_str);
            source.is_some_and(|source| volumes.any(|volume| volume == source))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specification(name: &str, value: &str) -> ContainerSpecification {
        let json = json!({
            "name": name,
            "config": {"Cmd": ["serve", value], "Env": ["A=1"], "User": "",
                "Labels": {"own": "1", "com.docker.compose.config-hash": value}},
            "host": {"PortBindings": {}, "Binds": null, "Memory": 0},
            "networks": {"shop_default": {"Aliases": [name, "api"]}},
            "unnamed_volumes": {},
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_belongs_to_one_container_is_no_difference() {
        let parts = |name| parts_of(&specification(name, "x"), None);
        assert_eq!(parts("shop-api-1"), parts("shop-api-2"));
        let names: Vec<String> = parts("shop-api-1").into_keys().collect();
        assert_eq!(names, ["command", "labels", "networks", "other settings"]);
    }

    #[test]
    fn a_name_of_its_own_is_one_that_compose_does_not_give() {
        let names = ContainerNames { project: "shop", service: "api" };
        assert_eq!(names.own("shop-api-12"), None);
        assert_eq!(names.own("shop_api_1"), None);
        assert_eq!(names.own("the-api").as_deref(), Some("the-api"));
        assert_eq!(names.own("the-api-restored-2").as_deref(), Some("the-api"));
    }

    #[test]
    fn a_difference_is_in_the_part_that_people_know() {
        let (now, then) = (specification("a", "x"), specification("a", "y"));
        let (now, then) = (parts_of(&now, None), parts_of(&then, None));
        let changed: Vec<&String> =
            now.keys().filter(|name| now.get(*name) != then.get(*name)).collect();
        assert_eq!(changed, ["command"]);
    }
}
