use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::labels::{self, ServiceLabels};

/// The label of a hook's container, which has no configuration hash (Compose 5.5,
/// `pkg/compose/pre_start.go`); `down` removes it with its service.
const HOOK: &str = "com.docker.compose.hook";

/// What an engine has of one project: everything with the project's label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectResources {
    /// Containers in any state.
    pub containers: Vec<Container>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Volumes.
    pub volumes: Vec<Volume>,
}

/// A container of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Its identifier.
    pub id: String,
    /// Its name, without a slash.
    pub name: String,
    /// Its state as the engine names it, such as `running`.
    pub state: String,
    /// Whether it must be stopped before it can be removed: running, paused,
    /// restarting.
    pub running: bool,
    /// All of its labels.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// Names of the networks that it is configured for.
    #[serde(skip)]
    pub networks: Vec<String>,
}

/// A network of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Network {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// All of its labels.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// Names of the containers that are attached to it now, of any project.
    #[serde(skip)]
    pub attached: Vec<String>,
}

/// A volume of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// All of its labels.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
}

impl ProjectResources {
    /// Whether the engine has nothing of the project.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { containers, networks, volumes } = self;
        containers.is_empty() && networks.is_empty() && volumes.is_empty()
    }
}

impl Container {
    /// The service that it belongs to; empty if there is none.
    #[must_use]
    pub fn service_name(&self) -> &str {
        self.labels.get(labels::SERVICE).map_or("", String::as_str)
    }

    /// Whether Compose created it: for a service, for `run`, or for a service's hook,
    /// which has no configuration hash.
    #[must_use]
    pub fn is_created_by_compose(&self) -> bool {
        self.labels.contains_key(labels::CONFIG_HASH) || self.is_hook()
    }

    /// Whether `docker compose run` created it. Compose takes a container for a
    /// one-off unless its label says otherwise.
    #[must_use]
    pub fn is_one_off(&self) -> bool {
        !self.is_hook() && self.labels.get(labels::ONEOFF).is_none_or(|value| value != "False")
    }

    fn is_hook(&self) -> bool {
        self.labels.contains_key(HOOK)
    }

    /// The dependencies of its service when it was created, including implicit ones
    /// such as a shared network.
    pub(super) fn dependencies(&self) -> BTreeSet<String> {
        let labels = ServiceLabels::from_labels(&self.labels);
        let dependencies = labels.into_iter().flat_map(|labels| labels.depends_on);
        dependencies.map(|dependency| dependency.service).collect()
    }
}

impl Network {
    /// Its name in the Compose files, if Compose created it.
    pub(super) fn key(&self) -> Option<&str> {
        self.labels.get(labels::NETWORK).map(String::as_str)
    }
}

impl Volume {
    /// Its name in the Compose files, if Compose created it.
    pub(super) fn key(&self) -> Option<&str> {
        self.labels.get(labels::VOLUME).map(String::as_str)
    }
}
