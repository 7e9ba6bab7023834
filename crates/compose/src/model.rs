//! The model of a project as `config --format json` prints it: only the fields that
//! are used, all of them optional; unknown fields are skipped.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::Digest;
use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// A project with its variables, files, profiles and defaults resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// What each service is configured with, without its image; see
    /// [`configuration_digests`].
    #[serde(skip)]
    pub configurations: BTreeMap<String, Digest>,
    /// The services that have files which only Compose can write into their containers; see
    /// [`services_with_written_files`].
    #[serde(skip)]
    pub written_files: BTreeSet<String>,
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

/// What each service of a model as Compose prints it is configured with, without its
/// image: a digest of everything, from which no value can be read.
///
/// # Errors
/// When the text is no model.
pub fn configuration_digests(model: &[u8]) -> Result<BTreeMap<String, Digest>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Services {
        #[serde(default)]
        services: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    }
    let Services { services } = serde_json::from_slice(model)?;
    let digests = services.into_iter().map(|(name, mut service)| {
        for key in ["image", "build", "pull_policy"] {
            service.remove(key);
        }
        let sorted: BTreeMap<String, serde_json::Value> = service.into_iter().collect();
        (name, Digest::of(serde_json::json!(sorted).to_string().as_bytes()))
    });
    Ok(digests.collect())
}

/// The services of a model as Compose prints it that have files which Compose writes into
/// their containers: configs and secrets whose content is in the files or in a variable. An
/// engine does not show them as part of a container.
///
/// # Errors
/// When the text is no model.
pub fn services_with_written_files(model: &[u8]) -> Result<BTreeSet<String>, serde_json::Error> {
    #[derive(Default, Deserialize)]
    struct Files {
        #[serde(default, deserialize_with = "null_as_default")]
        services: BTreeMap<String, Uses>,
        #[serde(default, deserialize_with = "null_as_default")]
        configs: BTreeMap<String, Source>,
        #[serde(default, deserialize_with = "null_as_default")]
        secrets: BTreeMap<String, Source>,
    }
    #[derive(Default, Deserialize)]
    struct Uses {
        #[serde(default, deserialize_with = "null_as_default")]
        configs: Vec<Use>,
        #[serde(default, deserialize_with = "null_as_default")]
        secrets: Vec<Use>,
    }
    #[derive(Deserialize)]
    struct Use {
        source: String,
    }
    #[derive(Default, Deserialize)]
    struct Source {
        content: Option<IgnoredAny>,
        environment: Option<IgnoredAny>,
    }
    let Files { services, configs, secrets } = serde_json::from_slice(model)?;
    let is_written = |sources: &BTreeMap<String, Source>, uses: &[Use]| {
        let mut sources = uses.iter().filter_map(|it| sources.get(&it.source));
        sources.any(|source| source.content.is_some() || source.environment.is_some())
    };
    let services = services.into_iter().filter(|(_, uses)| {
        is_written(&configs, &uses.configs) || is_written(&secrets, &uses.secrets)
    });
    Ok(services.map(|(name, _)| name).collect())
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

/// A volume or folder that is mounted into the containers of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ServiceVolume {
    /// The path in the container.
    #[serde(default, deserialize_with = "null_as_default")]
    pub target: String,
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
    /// What is mounted into its containers.
    #[serde(default, deserialize_with = "null_as_default")]
    pub volumes: Vec<ServiceVolume>,
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
    /// The names of the environment variables that it has a value for.
    #[serde(default, rename = "environment", deserialize_with = "names_with_value")]
    pub variable_names: Vec<String>,
    /// Number of its containers, if set.
    #[serde(default)]
    pub scale: Option<u64>,
    /// `deploy`: how an orchestrator would run it; see [`Service::container_count`].
    #[serde(default, deserialize_with = "null_as_default")]
    pub deploy: Deploy,
    /// The name of its only container, if set.
    #[serde(default)]
    pub container_name: Option<String>,
    /// The ports that it offers outside its networks.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ports: Vec<Port>,
    /// Whether it has a `healthcheck` of its own that is not disabled; the image may
    /// have one nevertheless.
    #[serde(default, rename = "healthcheck", deserialize_with = "is_enabled")]
    pub has_health_check: bool,
}

/// `deploy` of a service, as far as it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Deploy {
    /// Number of its containers, if set.
    #[serde(default)]
    pub replicas: Option<u64>,
    /// How its containers are replaced.
    #[serde(default, deserialize_with = "null_as_default")]
    pub update_config: UpdateConfig,
}

/// `deploy.update_config` of a service, as far as it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UpdateConfig {
    /// `start-first` or `stop-first`.
    #[serde(default)]
    pub order: Option<String>,
}

/// A port of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Port {
    /// The port in the container.
    #[serde(default)]
    pub target: u16,
    /// The port of the host, or several: `8000`, `8000-8010`; the engine chooses one
    /// when it is missing.
    #[serde(default, deserialize_with = "number_or_text")]
    pub published: Option<String>,
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

    /// The services that a service depends on, directly or through others, as far as
    /// they are part of the model.
    #[must_use]
    pub fn dependencies_of(&self, service: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![service.to_owned()];
        while let Some(name) = open.pop() {
            let Some(declared) = self.services.get(&name) else { continue };
            let explicit = declared.depends_on.keys().cloned();
            let all = explicit.chain(declared.implicit_dependencies());
            let all = all.filter(|other| self.services.contains_key(other) && other != service);
            open.extend(all.filter(|other| found.insert(other.clone())));
        }
        found
    }
}

impl Service {
    /// The number of containers that it should have (compose-go,
    /// `ServiceConfig.GetScale`).
    #[must_use]
    pub fn container_count(&self) -> u64 {
        self.scale.or(self.deploy.replicas).unwrap_or(1)
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

/// `environment` in both of its forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Variables {
    Map(BTreeMap<String, Option<IgnoredAny>>),
    /// `NAME=VALUE`, or `NAME` for what has no value.
    List(Vec<String>),
}

/// The names of variables that have a value, which is dropped.
fn names_with_value<'de, D: Deserializer<'de>>(variables: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<Variables>::deserialize(variables)? {
        None => Vec::new(),
        Some(Variables::Map(map)) => {
            map.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
        }
        Some(Variables::List(list)) => {
            let names = list.iter().filter_map(|text| text.split_once('='));
            names.map(|(name, _)| name.to_owned()).collect()
        }
    })
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

/// Older versions print a number.
fn number_or_text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Published {
        Number(u32),
        Text(String),
    }
    Ok(Option::deserialize(value)?.and_then(|published| match published {
        Published::Number(number) => (number > 0).then(|| number.to_string()),
        Published::Text(text) => (!text.is_empty() && text != "0").then_some(text),
    }))
}

fn is_enabled<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    #[derive(Default, Deserialize)]
    struct HealthCheck {
        #[serde(default)]
        disable: bool,
    }
    Ok(Option::<HealthCheck>::deserialize(value)?.is_some_and(|check| !check.disable))
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
                "environment": {"A": "hush", "UNSET": null}, "pre_stop": [{"command": ["x"]}], "scale": 2,
                "network_mode": "service:db"}, "db": {"image": "db:1", "pre_stop": [], "provider": {"type": "x"},
                "environment": ["B=hush", "UNSET"]}}}"#,
        );
        let web = &model.services["web"];
        assert!(web.build && web.has_pre_stop && !web.has_provider);
        assert_eq!((web.scale, web.network_mode.as_deref()), (Some(2), Some("service:db")));
        assert_eq!(web.variable_names, ["A"]);
        assert_eq!(model.services["db"].variable_names, ["B"]);
        assert_eq!(web.depends_on["db"].condition, Condition::Healthy);
        assert!(web.depends_on["db"].required && !web.depends_on["mq"].required);
        let db = &model.services["db"];
        assert!(!db.build && !db.has_pre_stop && db.has_provider);
        let external: Vec<bool> = model.volumes.values().map(|volume| volume.external).collect();
        assert_eq!(external, [false, true, true]);
        assert!(!format!("{model:?}").contains("hush"));
    }

    #[test]
    fn ports_health_checks_and_the_order_of_updates_are_read() {
        let model = model(
            r#"{"services": {"web": {"ports": [{"target": 80, "published": "8080"}, {"target": 81},
                {"target": 82, "published": 9000}, {"target": 83, "published": 0}],
                "healthcheck": {"test": ["CMD", "true"]}, "deploy": {"update_config": {"order": "start-first"}}},
                "off": {"healthcheck": {"disable": true}, "deploy": {"update_config": null}}}}"#,
        );
        let (web, off) = (&model.services["web"], &model.services["off"]);
        let published: Vec<_> = web.ports.iter().map(|port| port.published.as_deref()).collect();
        assert_eq!(published, [Some("8080"), None, Some("9000"), None]);
        assert_eq!(web.deploy.update_config.order.as_deref(), Some("start-first"));
        assert!(web.has_health_check && !off.has_health_check);
        assert_eq!(off.deploy, Deploy::default());
    }

    #[test]
    fn a_configuration_is_compared_without_its_image_and_without_its_values() {
        let digest = |service: &str| {
            let model = format!(r#"{{"services": {{"web": {service}}}}}"#);
            configuration_digests(model.as_bytes()).unwrap()["web"].clone()
        };
        let first = digest(r#"{"image": "demo/web:1", "environment": {"A": "1"}}"#);
        assert_eq!(digest(r#"{"environment": {"A": "1"}, "image": "demo/web:2"}"#), first);
        assert_ne!(digest(r#"{"image": "demo/web:1", "environment": {"A": "2"}}"#), first);
        assert!(configuration_digests(b"{").is_err());
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
    fn dependencies_of_dependencies_are_found_and_circles_end() {
        let needs = |names: &[&str]| Service {
            links: names.iter().map(ToString::to_string).collect(),
            ..Service::default()
        };
        let services = [("api", needs(&["db", "gone"])), ("db", needs(&["disk", "api"]))];
        let services = services.into_iter().chain([("disk", needs(&[])), ("web", needs(&["api"]))]);
        let model = Model {
            services: services.map(|(name, service)| (name.to_owned(), service)).collect(),
            ..Model::default()
        };
        assert_eq!(model.dependencies_of("api").into_iter().collect::<Vec<_>>(), ["db", "disk"]);
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

    #[test]
    fn files_that_compose_writes_itself_are_found_and_those_of_the_disk_are_not() {
        let model = br#"{"services": {"a": {"secrets": [{"source": "token"}]}, "b": {"configs": [{"source": "text"}]},
            "c": {"secrets": [{"source": "file"}]}, "d": {"secrets": null}},
            "secrets": {"token": {"environment": "TOKEN"}, "file": {"file": "/x"}}, "configs": {"text": {"content": "x"}}}"#;
        let services = services_with_written_files(model).unwrap();
        assert_eq!(services.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
