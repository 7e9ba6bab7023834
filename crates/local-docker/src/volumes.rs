use std::collections::BTreeMap;

use bollard::query_parameters::RemoveVolumeOptions;
use serde::Deserialize;

use crate::{
    client::{Connection, label_filter, path_segment, wire::or_default},
    error::EngineError,
    removal::{RemoveOutcome, remove_outcome},
};

/// A volume of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
pub struct Volume {
    /// Its name, which is unique.
    pub name: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

/// The volumes of one engine; see [`Engine::volumes`](crate::Engine::volumes).
#[derive(Debug, Clone, Copy)]
pub struct Volumes<'a> {
    connection: &'a Connection,
}

impl<'a> Volumes<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Volumes; with `label`, those that have it (`name` or `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn list(self, label: Option<&str>) -> Result<Vec<Volume>, EngineError> {
        let path = format!("/volumes?{}", label_filter(label));
        let response: VolumeListResponse = self.connection.get(&path, "list volumes").await?;
        Ok(response.volumes)
    }

    /// Removes a volume with its content. A volume of a container in any state
    /// stays.
    ///
    /// # Errors
    /// When the engine cannot remove it or does not answer.
    pub async fn remove(self, name: &str) -> Result<RemoveOutcome, EngineError> {
        let client = self.connection.patient_client();
        let response = client.remove_volume(&path_segment(name), None::<RemoveVolumeOptions>).await;
        let response =
            response.map_err(self.connection.error_while(&format!("remove volume {name}")));
        remove_outcome(response, |status, _| status == 409)
    }
}

/// `GET /volumes`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeListResponse {
    #[serde(default, deserialize_with = "or_default")]
    volumes: Vec<Volume>,
}
