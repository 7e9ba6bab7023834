use std::{collections::BTreeMap, time::Duration};

use image_ref::ImageId;
use jiff::Timestamp;

use super::{ContainerId, ContainerState, Health, Mount};
use crate::{Engine, EngineError, engine::about_all};

/// A container as its inspection tells it. Its environment is never read: it
/// may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDetails {
    /// The engine's identifier.
    pub id: ContainerId,
    /// Its name, without the slash.
    pub name: String,
    /// What it was asked for by when it was made (`Config.Image`).
    pub image: String,
    /// The image it was made from.
    pub image_id: Option<ImageId>,
    /// What it does.
    pub state: ContainerState,
    /// When its program was last started; none before the first time.
    pub started: Option<Timestamp>,
    /// How its program last ended; none while it runs and before its first end.
    pub exit_code: Option<i64>,
    /// What its health check found; none without a check.
    pub health: Option<Health>,
    /// The beginning of what the last probe printed, on one line.
    pub health_log: Option<String>,
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    pub restart_policy: String,
    /// How often the engine started it again by itself.
    pub restart_count: u64,
    /// The signal that stops it, where one was stated; else the engine's SIGTERM.
    pub stop_signal: Option<String>,
    /// How long it may take after that signal before it is killed, where one
    /// was stated; else the engine's 10 s. [`Duration::MAX`] is for ever.
    pub stop_timeout: Option<Duration>,
    /// Its labels, with those of its image.
    pub labels: BTreeMap<String, String>,
    /// Names of its networks, in alphabetical order.
    pub networks: Vec<String>,
    /// What is mounted into it; of a mounted image also the reference that
    /// was asked for.
    pub mounts: Vec<Mount>,
}

impl Engine {
    /// What the engine knows of a container; `None` when it is gone.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn container_details(
        &self,
        id: &ContainerId,
    ) -> Result<Option<ContainerDetails>, EngineError> {
        let (path, doing) =
            (format!("/containers/{id}/json"), format!("inspect container {}", id.short()));
        let answer: Option<super::inspection::Answer> = self.find(&path, &doing).await?;
        Ok(answer.map(ContainerDetails::from))
    }

    /// The details of many containers in their order, asked for a few at a
    /// time. Those that are gone are left out.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn details_of(
        &self,
        ids: impl IntoIterator<Item = &ContainerId>,
    ) -> Result<Vec<ContainerDetails>, EngineError> {
        let ids = ids.into_iter().cloned().collect();
        about_all(ids, |id| async move { self.container_details(&id).await }).await
    }
}
