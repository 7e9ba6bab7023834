//! Services as a target describes them, in terms that every kind of target has.

use image_ref::{Digest, ImageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One copy of a service: a container, a task, a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The target's identifier.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// The image that it was created from; `None` when that cannot be read.
    pub image: Option<ImageId>,
    /// Whether it runs.
    pub state: InstanceState,
    /// The verdict of its own health check.
    pub health: InstanceHealth,
    /// What tells the configuration that it was created with from others; `None` when
    /// that cannot be read.
    pub configuration: Option<String>,
    /// How often the target restarted it by itself.
    pub restarts: u64,
    /// When its program was started last.
    pub started: Option<Timestamp>,
}

/// Whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// It was never started.
    Created,
    /// Its program runs.
    Running,
    /// Its program ended.
    Stopped,
    /// Anything else, by the target's name for it: `restarting`, `paused`.
    Other(String),
}

/// The verdict of an instance's own health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceHealth {
    /// It has no health check.
    Unchecked,
    /// The check has not decided yet.
    Starting,
    /// The check passes.
    Healthy,
    /// The check fails.
    Unhealthy,
}

impl Instance {
    /// Whether its program runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == InstanceState::Running
    }

    /// Whether its program runs, or goes on without anybody starting it: it is paused, or being
    /// restarted.
    #[must_use]
    pub fn may_run(&self) -> bool {
        !matches!(self.state, InstanceState::Created | InstanceState::Stopped)
    }
}

/// In which order old and new instances change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchOrder {
    /// The new instance is healthy before the old one stops: no interruption.
    StartFirst,
    /// The old instance stops before the new one starts: a short interruption.
    StopFirst,
}

/// Whether two versions of a service may run at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// They may.
    Possible,
    /// They cannot, for this reason: `it publishes port 8000 of the host`.
    Impossible(String),
}

/// What a service is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is the project's own program.
    Application,
    /// It keeps data or serves the application, for this reason: `it runs postgres`.
    /// Never deployed.
    Infrastructure(String),
}

/// The configuration of an earlier deployment, which comes back with its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredConfiguration {
    /// What it is the configuration of: a deployment, or `before-ID`.
    pub deployment: String,
    /// The file of the target's records that has it, encrypted.
    pub snapshot: String,
    /// What tells it from others, image included; new instances have it.
    pub configuration: Option<String>,
    /// The same without the image, as a digest, where that was recorded.
    pub settings: Option<Digest>,
    /// The name that the only instance has; `None` when the target names instances.
    pub instance_name: Option<String>,
    /// Why two versions cannot run at the same time.
    pub exclusive: Option<String>,
    /// What changes with it, a line each, without values.
    pub differences: Vec<String>,
}

/// The image that a service is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredImage {
    /// What it was asked for by: `demo/api:1.2.0`.
    pub reference: String,
    /// The digest that a registry serves; `None` for an image that only this target has.
    pub digest: Option<Digest>,
    /// The target's identifier, when it has the image already.
    pub id: Option<ImageId>,
    /// Whether the user wants the target's own image, without a registry being asked.
    #[serde(default)]
    pub offline: bool,
    /// What else changes so that the target keeps this image, a line each:
    /// `demo/api:latest on this engine becomes demo/api:1.2.0`.
    pub side_effects: Vec<String>,
    /// What the target needs to make and to revert those changes; only the target
    /// reads it.
    pub data: serde_json::Value,
}

impl DesiredImage {
    /// Whether an instance runs this image.
    #[must_use]
    pub fn is_run_by(&self, instance: &Instance) -> bool {
        instance.is_running() && self.id.is_some() && instance.image == self.id
    }

    /// The reference with the beginning of the digest or identifier.
    #[must_use]
    pub fn label(&self) -> String {
        let short = match (&self.digest, &self.id) {
            (Some(digest), _) => digest.short().to_owned(),
            (None, Some(id)) => format!("image {}", id.short()),
            (None, None) => return self.reference.clone(),
        };
        format!("{} ({short})", self.reference)
    }
}
