use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a container was created with, apart from its image and what that gives it. Has the
/// values of its environment: a secret as a whole, which is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSpecification {
    /// Its name.
    pub name: String,
    /// `Config` of the engine's API.
    pub config: Map<String, Value>,
    /// `HostConfig` of the engine's API.
    pub host: Map<String, Value>,
    /// Its networks by name, with what it asked of each: `EndpointSettings` of the API.
    pub networks: BTreeMap<String, Map<String, Value>>,
    /// Its volumes without a name of their own: the engine's names, by path.
    pub unnamed_volumes: BTreeMap<String, String>,
}

impl fmt::Debug for ContainerSpecification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerSpecification of {}", self.name)
    }
}

impl ContainerSpecification {
    /// The labels.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.config.get("Labels").cloned().unwrap_or_default();
        serde_json::from_value(labels).unwrap_or_default()
    }

    /// Sets a label.
    pub fn set_label(&mut self, name: &str, value: &str) {
        let labels = self.config.entry("Labels").or_insert_with(|| json!({}));
        if !labels.is_object() {
            *labels = json!({});
        }
        labels[name] = json!(value);
    }

    /// The environment, by name.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<String, String> {
        let list = self.config.get("Env").and_then(Value::as_array).into_iter().flatten();
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        list.filter_map(Value::as_str).map(pair).collect()
    }

    /// The port of the host that it publishes, if it is always the same one.
    #[must_use]
    pub fn fixed_port(&self) -> Option<String> {
        let bindings = self.host.get("PortBindings")?.as_object()?.values();
        let mut ports = bindings.filter_map(Value::as_array).flatten().filter_map(|binding| {
            binding.get("HostPort")?.as_str().filter(|port| !matches!(*port, "" | "0"))
        });
        ports.next().map(str::to_owned)
    }

    /// Whose network it is in: a network's name, `host`, `container:ID`.
    #[must_use]
    pub fn network_mode(&self) -> &str {
        self.host.get("NetworkMode").and_then(Value::as_str).unwrap_or_default()
    }

    /// Keeps these of its names in the networks only.
    pub fn retain_aliases(&mut self, is_kept: impl Fn(&str) -> bool) {
        for endpoint in self.networks.values_mut() {
            if let Some(Value::Array(aliases)) = endpoint.get_mut("Aliases") {
                aliases.retain(|alias| alias.as_str().is_none_or(&is_kept));
            }
        }
    }

    /// What of another container it shares: `network`, `processes`, `memory`.
    #[must_use]
    pub fn shared_with_container(&self) -> Option<&'static str> {
        let members = [("NetworkMode", "network"), ("PidMode", "processes"), ("IpcMode", "memory")];
        let mut shared = members.into_iter().filter(|(member, _)| {
            let mode = self.host.get(*member).and_then(Value::as_str);
            mode.is_some_and(|mode| mode.starts_with("container:"))
        });
        shared.next().map(|(_, name)| name)
    }

    /// Its volumes without a name become these, by path: those that another container has
    /// now. The others are made anew.
    pub fn take_unnamed_volumes(&mut self, volumes: &BTreeMap<String, String>) {
        let mut open = volumes.clone();
        let own = std::mem::replace(&mut self.unnamed_volumes, volumes.clone());
        let is_own = |source: &str| own.values().any(|name| name == source);
        if let Some(Value::Array(binds)) = self.host.get_mut("Binds") {
            binds.retain(|bind| {
                let source = bind.as_str().and_then(|bind| bind.split(':').next());
                !source.is_some_and(is_own)
            });
        }
        if let Some(Value::Array(mounts)) = self.host.get_mut("Mounts") {
            for mount in mounts.iter_mut().filter_map(Value::as_object_mut) {
                let target = mount.get("Target").and_then(Value::as_str).unwrap_or_default();
                let source = mount.get("Source").and_then(Value::as_str).unwrap_or_default();
                let is_unnamed = source.is_empty() || is_own(source);
                match open.remove(target).filter(|_| is_unnamed) {
                    Some(volume) => drop(mount.insert("Source".to_owned(), json!(volume))),
                    None if is_own(source) => drop(mount.remove("Source")),
                    None => {}
                }
            }
        }
        let binds = open.iter().map(|(path, volume)| json!(format!("{volume}:{path}")));
        let binds: Vec<Value> = binds.collect();
        if binds.is_empty() {
            return;
        }
        match self.host.get_mut("Binds") {
            Some(Value::Array(list)) => list.extend(binds),
            _ => drop(self.host.insert("Binds".to_owned(), Value::Array(binds))),
        }
    }

    /// The network that it is created in; `None` for one that has no network of its own.
    pub(super) fn first_network(&self) -> Option<&String> {
        let mode = self.network_mode();
        let is_shared = matches!(mode, "host" | "none") || mode.starts_with("container:");
        let named = self.networks.keys().find(|name| *name == mode);
        named.or_else(|| self.networks.keys().next()).filter(|_| !is_shared)
    }

    pub(super) fn create_body(&self, image: &str) -> Value {
        let mut body = self.config.clone();
        if self.first_network().is_none() {
            // It has the name of what it shares the network with.
            body.remove("Hostname");
        }
        body.insert("Image".to_owned(), json!(image));
        body.insert("HostConfig".to_owned(), json!(self.host));
        if let Some((name, endpoint)) =
            self.first_network().and_then(|name| self.networks.get_key_value(name))
        {
            let networking = json!({ "EndpointsConfig": { name: endpoint } });
            body.insert("NetworkingConfig".to_owned(), networking);
        }
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";
    const OTHER: &str = "abababababababababababababababababababababababababababababababab";

    fn specification() -> ContainerSpecification {
        let json = json!({
            "name": "shop-api-1",
            "config": {"Env": ["KEY=hush"], "Labels": {"a": "b"}},
            "host": {"NetworkMode": "shop_default", "Binds": ["shop_data:/data:rw"],
                "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
                "Mounts": [{"Type": "volume", "Source": VOLUME, "Target": "/cache"}]},
            "networks": {"shop_default": {"Aliases": ["shop-api-1", "api"]}},
            "unnamed_volumes": {"/cache": VOLUME},
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn values_are_not_shown() {
        let specification = specification();
        assert!(!format!("{specification:?}").contains("hush"));
        assert_eq!(specification.variables()["KEY"], "hush");
        assert_eq!(specification.fixed_port().as_deref(), Some("8080"));
    }

    #[test]
    fn a_volume_without_a_name_is_the_one_that_is_used_now() {
        let mut changed = specification();
        changed.take_unnamed_volumes(&BTreeMap::from([("/cache".to_owned(), OTHER.to_owned())]));
        assert_eq!(changed.host["Mounts"][0]["Source"], OTHER);
        let mut emptied = specification();
        emptied.take_unnamed_volumes(&BTreeMap::new());
        assert_eq!(emptied.host["Mounts"][0].get("Source"), None);
        let mut bound = specification();
        bound.take_unnamed_volumes(&BTreeMap::from([("/new".to_owned(), OTHER.to_owned())]));
        let binds = json!(["shop_data:/data:rw", format!("{OTHER}:/new")]);
        assert_eq!(bound.host["Binds"], binds);
    }

    #[test]
    fn names_in_networks_are_kept_on_request() {
        let mut named = specification();
        named.retain_aliases(|alias| alias != "shop-api-1");
        assert_eq!(named.networks["shop_default"]["Aliases"], json!(["api"]));
        assert_eq!(named.shared_with_container(), None);
        named.host.insert("PidMode".to_owned(), json!("container:1"));
        assert_eq!(named.shared_with_container(), Some("processes"));
    }
}
