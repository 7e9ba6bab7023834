use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    client::{Connection, label_filter, path_segment, wire::or_default},
    error::EngineError,
    removal::{RemoveOutcome, remove_outcome},
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

/// The networks of one engine; see [`Engine::networks`](crate::Engine::networks).
#[derive(Debug, Clone, Copy)]
pub struct Networks<'a> {
    connection: &'a Connection,
}

impl<'a> Networks<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Networks; with `label`, those that have it (`name` or `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn list(self, label: Option<&str>) -> Result<Vec<Network>, EngineError> {
        let path = format!("/networks?{}", label_filter(label));
        self.connection.get(&path, "list networks").await
    }

    /// Names of the running containers in a network, in alphabetical order;
    /// `None` when the network does not exist.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn container_names(self, id: &str) -> Result<Option<Vec<String>>, EngineError> {
        let path = format!("/networks/{}", path_segment(id));
        let doing = format!("inspect network {id}");
        let response: Option<NetworkInspectResponse> =
            self.connection.get_optional(&path, &doing).await?;
        Ok(response.map(NetworkInspectResponse::into_container_names))
    }

    /// Removes a network. One with running containers stays.
    ///
    /// # Errors
    /// `Refused` for the engine's own networks, or when it does not answer.
    pub async fn remove(self, id: &str) -> Result<RemoveOutcome, EngineError> {
        let response = self.connection.client().remove_network(&path_segment(id)).await;
        let response =
            response.map_err(self.connection.error_while(&format!("remove network {id}")));
        // The engine's own networks are refused with the same status.
        remove_outcome(response, |_, message| message.contains("has active endpoints"))
    }
}

/// `GET /networks/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInspectResponse {
    #[serde(default, deserialize_with = "or_default")]
    containers: BTreeMap<String, AttachedContainer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttachedContainer {
    #[serde(deserialize_with = "or_default")]
    name: String,
}

impl NetworkInspectResponse {
    fn into_container_names(self) -> Vec<String> {
        let mut names: Vec<_> =
            self.containers.into_values().map(|container| container.name).collect();
        names.sort();
        names
    }
}
