//! The model of a project as `config --format json` tells it: only what is
//! used, everything optional, unknown fields skipped.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// A project with its variables, files, profiles and defaults resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// The project's name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Services of the profiles that were asked for.
    #[serde(default, deserialize_with = "or_default")]
    pub services: BTreeMap<String, Service>,
    /// Networks, by their name in the files.
    #[serde(default, deserialize_with = "or_default")]
    pub networks: BTreeMap<String, Resource>,
    /// Volumes, by their name in the files.
    #[serde(default, deserialize_with = "or_default")]
    pub volumes: BTreeMap<String, Resource>,
}

/// A network or volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// Its name in the engine.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Whether it belongs to somebody else; `down` leaves it.
    #[serde(default, deserialize_with = "flag")]
    pub external: bool,
}

/// A service. Values of its environment are never read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// The reference stated; without it, see [`Model::image_of`].
    #[serde(default)]
    pub image: Option<String>,
    /// Whether it can be built.
    #[serde(default, deserialize_with = "presence")]
    pub build: bool,
    /// The profiles that it belongs to; none: it is always active.
    #[serde(default, deserialize_with = "or_default")]
    pub profiles: Vec<String>,
    /// What it depends on, by service.
    #[serde(default, deserialize_with = "or_default")]
    pub depends_on: BTreeMap<String, Dependency>,
    /// `SERVICE` or `SERVICE:ALIAS`.
    #[serde(default, deserialize_with = "or_default")]
    pub links: Vec<String>,
    /// `SERVICE[:ro]`, or `container:NAME[:ro]` for one outside the project.
    #[serde(default, deserialize_with = "or_default")]
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
    /// Whether something is executed in it before it is stopped.
    #[serde(default, rename = "pre_stop", deserialize_with = "filled")]
    pub has_pre_stop: bool,
    /// Whether another program than the engine runs it.
    #[serde(default, rename = "provider", deserialize_with = "presence")]
    pub has_provider: bool,
    /// The platform of its image, if stated.
    #[serde(default)]
    pub platform: Option<String>,
    /// When its image is pulled, if stated.
    #[serde(default)]
    pub pull_policy: Option<String>,
    /// Number of its containers, if stated.
    #[serde(default)]
    pub scale: Option<u64>,
    /// Number of its containers by `deploy.replicas`, if stated; see
    /// [`Service::containers`].
    #[serde(default, rename = "deploy", deserialize_with = "replicas")]
    pub replicas: Option<u64>,
    /// The name of its only container, if stated.
    #[serde(default)]
    pub container_name: Option<String>,
}

/// What a service needs of another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// What the other one has to be before this one starts.
    #[serde(default)]
    pub condition: Condition,
    /// Whether this one cannot be without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// Whether this one is restarted with it.
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
    /// One that this version does not know.
    Other(String),
}

impl Model {
    /// The reference that a service's containers are created from: the one
    /// stated, or the name that Compose 2 gives to what it builds. `None` for a
    /// service that has neither, or that is not there.
    #[must_use]
    pub fn image_of(&self, service: &str) -> Option<String> {
        let found = self.services.get(service)?;
        let built = || found.build.then(|| format!("{}-{service}", self.name));
        found.image.clone().filter(|image| !image.is_empty()).or_else(built)
    }
}

impl Service {
    /// How many containers it is to have (compose-go, `ServiceConfig.GetScale`).
    #[must_use]
    pub fn containers(&self) -> u64 {
        self.scale.or(self.replicas).unwrap_or(1)
    }
}

impl Condition {
    pub(crate) fn named(name: &str) -> Self {
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
        Self::named(&name)
    }
}

fn yes() -> bool {
    true
}

/// `null` is as good as nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    value: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

fn presence<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<IgnoredAny>::deserialize(value)?.is_some())
}

fn filled<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<Vec<IgnoredAny>>::deserialize(value)?.is_some_and(|all| !all.is_empty()))
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
fn flag<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Said(bool),
        Other(IgnoredAny),
    }
    Ok(match Option::deserialize(value)? {
        Some(Flag::Said(said)) => said,
        Some(Flag::Other(_)) => true,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Model {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_service_has_one_container_unless_it_says_otherwise() {
        let model = read(
            r#"{"services": {"one": {"deploy": null}, "none": {"deploy": {"replicas": 0, "placement": {}}},
                "scaled": {"scale": 3, "deploy": {"replicas": 0}}}}"#,
        );
        let counts: Vec<u64> = model.services.values().map(Service::containers).collect();
        assert_eq!(counts, [0, 1, 3]);
    }

    #[test]
    fn what_is_not_known_is_skipped_and_null_is_nothing() {
        let model = read(
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
    fn built_services_have_the_name_that_compose_gives() {
        let model = read(
            r#"{"name": "shop", "services": {"web": {"build": {}}, "db": {"image": "db"}, "x": {}}}"#,
        );
        let images = ["web", "db", "x", "gone"].map(|service| model.image_of(service));
        assert_eq!(images, [Some("shop-web".to_owned()), Some("db".to_owned()), None, None]);
    }
}
