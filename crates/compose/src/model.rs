//! The model of a project as `config --format json` prints it: only the fields that
//! are used, all of them optional; unknown fields are skipped.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// A project with its variables, files, profiles and defaults resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// The project's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Services of the selected profiles.
    #[serde(default, deserialize_with = "null_as_default")]
    pub services: BTreeMap<String, Service>,
    /// Networks, by their name in the files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub networks: BTreeMap<String, Resource>,
    /// Volumes, by their name in the files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub volumes: BTreeMap<String, Resource>,
}

/// A network or volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// Its name in the engine.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Whether it is managed outside the project; `down` leaves it.
    #[serde(default, deserialize_with = "external_flag")]
    pub external: bool,
}

/// A service. Values of its environment are never read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// `image`, if set; else see [`Model::image_of`].
    #[serde(default)]
    pub image: Option<String>,
    /// Whether it can be built.
    #[serde(default, deserialize_with = "is_present")]
    pub build: bool,
    /// Its profiles; without any it is always active.
    #[serde(default, deserialize_with = "null_as_default")]
    pub profiles: Vec<String>,
    /// Its dependencies, by service.
    #[serde(default, deserialize_with = "null_as_default")]
    pub depends_on: BTreeMap<String, Dependency>,
    /// `SERVICE` or `SERVICE:ALIAS`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub links: Vec<String>,
    /// `SERVICE[:ro]`, or `container:NAME[:ro]` for one outside the project.
    #[serde(default, deserialize_with = "null_as_default")]
    pub volumes_from: Vec<String>,
    /// `service:NAME` or another mode.
    #[serde(default)]
    pub network_mode: Option<String>,
    /// `service:NAME` or another mode.
    #[serde(default)]
    pub ipc: Option<String>,
    /// `service:NAME` or another mode.
    #[serde(default)]
    pub pid: Option<String>,
    /// Whether Compose runs hooks in it before it stops it.
    #[serde(default, rename = "pre_stop", deserialize_with = "is_nonempty_list")]
    pub has_pre_stop: bool,
    /// Whether a provider runs it instead of the engine.
    #[serde(default, rename = "provider", deserialize_with = "is_present")]
    pub has_provider: bool,
    /// The platform of its image, if set.
    #[serde(default)]
    pub platform: Option<String>,
    /// When its image is pulled, if set.
    #[serde(default)]
    pub pull_policy: Option<String>,
    /// Number of its containers, if set.
    #[serde(default)]
    pub scale: Option<u64>,
    /// `deploy.replicas`, if set; see [`Service::container_count`].
    #[serde(default, rename = "deploy", deserialize_with = "replicas")]
    pub replicas: Option<u64>,
    /// The name of its only container, if set.
    #[serde(default)]
    pub container_name: Option<String>,
}

/// A dependency of a service on another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// The state in which the other service must be before this one starts.
    #[serde(default)]
    pub condition: Condition,
    /// Whether this service cannot start without it.
    #[serde(default = "default_required")]
    pub required: bool,
    /// Whether this service is restarted with it.
    #[serde(default)]
    pub restart: bool,
}

/// The state that a dependency waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum Condition {
    /// `service_started`.
    #[default]
    Started,
    /// `service_healthy`.
    Healthy,
    /// `service_completed_successfully`.
    CompletedSuccessfully,
    /// A condition that this version does not know.
    Other(String),
}

impl Model {
    /// The reference that a service's containers are created from: its `image`, or
    /// the name that Compose 2 gives to the images it builds. `None` for a service
    /// with neither, and for an unknown service.
    #[must_use]
    pub fn image_of(&self, service: &str) -> Option<String> {
        let declared = self.services.get(service)?;
        let image = declared.image.clone().filter(|image| !image.is_empty());
        image.or_else(|| declared.build.then(|| format!("{}-{service}", self.name)))
    }
}

impl Service {
    /// The number of containers that it should have (compose-go,
    /// `ServiceConfig.GetScale`).
    #[must_use]
    pub fn container_count(&self) -> u64 {
        self.scale.or(self.replicas).unwrap_or(1)
    }

    /// The services whose network, processes or volumes it shares, or that it links:
    /// it depends on them without naming them in `depends_on`.
    #[must_use]
    pub fn implicit_dependencies(&self) -> BTreeSet<String> {
        let modes = [&self.network_mode, &self.ipc, &self.pid].into_iter().flatten();
        let shared = modes.filter_map(|mode| mode.strip_prefix("service:"));
        let volumes = self.volumes_from.iter().filter(|from| !from.starts_with("container:"));
        let named = self.links.iter().chain(volumes);
        let named = named.map(|text| text.split(':').next().unwrap_or_default());
        shared.chain(named).map(str::to_owned).collect()
    }
}

impl From<&str> for Condition {
    fn from(name: &str) -> Self {
        match name {
            "service_started" | "" => Self::Started,
            "service_healthy" => Self::Healthy,
            "service_completed_successfully" => Self::CompletedSuccessfully,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Condition {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

fn default_required() -> bool {
    true
}

/// Reads `null` as the default.
fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    value: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

fn is_present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<IgnoredAny>::deserialize(value)?.is_some())
}

fn is_nonempty_list<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<Vec<IgnoredAny>>::deserialize(value)?.is_some_and(|list| !list.is_empty()))
}

fn replicas<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    #[derive(Default, Deserialize)]
    struct Deploy {
        #[serde(default)]
        replicas: Option<u64>,
    }
    Ok(Option::<Deploy>::deserialize(value)?.and_then(|deploy| deploy.replicas))
}

/// `true`, or a mapping as older files have it: `external: {name: …}`.
fn external_flag<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum External {
        Flag(bool),
        Mapping(IgnoredAny),
    }
    Ok(match Option::deserialize(value)? {
        Some(External::Flag(external)) => external,
        Some(External::Mapping(_)) => true,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(json: &str) -> Model {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_service_has_one_container_by_default() {
        let model = model(
            r#"{"services": {"one": {"deploy": null}, "none": {"deploy": {"replicas": 0, "placement": {}}},
                "scaled": {"scale": 3, "deploy": {"replicas": 0}}}}"#,
        );
        let counts: Vec<u64> = model.services.values().map(Service::container_count).collect();
        assert_eq!(counts, [0, 1, 3]);
    }

    #[test]
    fn unknown_fields_are_skipped_and_null_is_the_default() {
        let model = model(
            r#"{"name": "shop", "secrets": {}, "networks": null, "volumes": {"data": {"name": "shop_data",
                "driver": "local"}, "old": {"external": {"name": "x"}}, "theirs": {"external": true}},
                "services": {"web": {"image": null, "build": {"context": "."}, "command": null, "links": null,
                "profiles": null, "depends_on": {"db": {"condition": "service_healthy", "new": 1},
                "mq": {"condition": "service_started", "required": false, "restart": true}},
                "environment": {"A": "hush"}, "pre_stop": [{"command": ["x"]}], "scale": 2,
                "network_mode": "service:db"}, "db": {"image": "db:1", "pre_stop": [], "provider": {"type": "x"}}}}"#,
        );
        let web = &model.services["web"];
        assert!(web.build && web.has_pre_stop && !web.has_provider);
        assert_eq!((web.scale, web.network_mode.as_deref()), (Some(2), Some("service:db")));
        assert_eq!(web.depends_on["db"].condition, Condition::Healthy);
        assert!(web.depends_on["db"].required && !web.depends_on["mq"].required);
        let db = &model.services["db"];
        assert!(!db.build && !db.has_pre_stop && db.has_provider);
        let external: Vec<bool> = model.volumes.values().map(|volume| volume.external).collect();
        assert_eq!(external, [false, true, true]);
        assert!(!format!("{model:?}").contains("hush"));
    }

    #[test]
    fn built_images_have_the_name_that_compose_gives() {
        let model = model(
            r#"{"name": "shop", "services": {"web": {"build": {}}, "db": {"image": "db"}, "x": {}}}"#,
        );
        let images = ["web", "db", "x", "gone"].map(|service| model.image_of(service));
        assert_eq!(images, [Some("shop-web".to_owned()), Some("db".to_owned()), None, None]);
    }

    #[test]
    fn shared_namespaces_links_and_volumes_are_implicit_dependencies() {
        let service = Service {
            network_mode: Some("service:vpn".to_owned()),
            pid: Some("host".to_owned()),
            links: vec!["db:database".to_owned()],
            volumes_from: vec!["data:ro".to_owned(), "container:other".to_owned()],
            ..Service::default()
        };
        let dependencies: Vec<String> = service.implicit_dependencies().into_iter().collect();
        assert_eq!(dependencies, ["data", "db", "vpn"]);
    }
}
