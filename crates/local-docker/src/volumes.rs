//! The engine's volumes: look, remove.

use std::collections::BTreeMap;

use bollard::query_parameters::RemoveVolumeOptions;
use serde::Deserialize;

use crate::{
    Engine, EngineError, Removed,
    containers::outcome,
    engine::{filter, lenient::or_default, segment},
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

impl Engine {
    /// Volumes; with `label`, those that have it (`name` or `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn volumes(&self, label: Option<&str>) -> Result<Vec<Volume>, EngineError> {
        let path = format!("/volumes?{}", filter(label));
        let answer: ListAnswer = self.get(&path, "list volumes").await?;
        Ok(answer.volumes)
    }

    /// Removes a volume with what is in it. One that a container has, in
    /// whatever state, stays.
    ///
    /// # Errors
    /// When the engine cannot remove it or does not answer.
    pub async fn remove_volume(&self, name: &str) -> Result<Removed, EngineError> {
        let client = self.patient_client();
        let removed = client.remove_volume(&segment(name), None::<RemoveVolumeOptions>).await;
        let removed = removed.map_err(self.failed(format!("remove volume {name}")));
        outcome(removed, |status, _| status == 409)
    }
}

/// `GET /volumes`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListAnswer {
    #[serde(default, deserialize_with = "or_default")]
    volumes: Vec<Volume>,
}
