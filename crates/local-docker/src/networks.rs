//! The engine's networks: look, remove.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Engine, EngineError, Removed,
    containers::outcome,
    engine::{filter, lenient::or_default, segment},
};

/// A network of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
pub struct Network {
    /// The engine's identifier.
    pub id: String,
    /// Its name; two networks may have the same.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

impl Engine {
    /// Networks; with `label`, those that have it (`name` or `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn networks(&self, label: Option<&str>) -> Result<Vec<Network>, EngineError> {
        self.get(&format!("/networks?{}", filter(label)), "list networks").await
    }

    /// Names of the running containers that a network joins, in alphabetical
    /// order; `None` when the network is gone.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn network_containers(&self, id: &str) -> Result<Option<Vec<String>>, EngineError> {
        let path = format!("/networks/{}", segment(id));
        let answer: Option<Inspection> = self.find(&path, &format!("inspect network {id}")).await?;
        Ok(answer.map(Inspection::names))
    }

    /// Removes a network. One that still joins running containers stays.
    ///
    /// # Errors
    /// `Refused` for the engine's own networks, or when it does not answer.
    pub async fn remove_network(&self, id: &str) -> Result<Removed, EngineError> {
        let removed = self.client().remove_network(&segment(id)).await;
        let removed = removed.map_err(self.failed(format!("remove network {id}")));
        // Its own networks are refused with the same status.
        outcome(removed, |_, message| message.contains("has active endpoints"))
    }
}

/// `GET /networks/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspection {
    #[serde(default, deserialize_with = "or_default")]
    containers: BTreeMap<String, Attached>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attached {
    #[serde(deserialize_with = "or_default")]
    name: String,
}

impl Inspection {
    fn names(self) -> Vec<String> {
        let mut names: Vec<_> = self.containers.into_values().map(|one| one.name).collect();
        names.sort();
        names
    }
}
