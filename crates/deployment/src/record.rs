//! What is kept of every deployment, at the target, where anybody finds it.

use std::collections::BTreeMap;

use image_ref::ImageId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::plan::{DeploymentPlan, ServiceChange};

/// A deployment: how it was planned, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentRecord {
    /// Who started it.
    pub performer: String,
    /// When it was started.
    pub started: Timestamp,
    /// Its plan, which has everything that is needed to take it back.
    pub plan: DeploymentPlan,
    /// How it ended; `None` while it runs, and after its program was killed.
    #[serde(skip)]
    pub ending: Option<Ending>,
    /// Whether its way back was removed since.
    #[serde(skip)]
    pub is_cleaned_up: bool,
}

/// How a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// How.
    #[serde(flatten)]
    pub outcome: DeploymentOutcome,
}

/// How a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum DeploymentOutcome {
    /// The new version serves.
    Succeeded {
        /// The image that each service runs, by the target's identifier.
        images: BTreeMap<String, ImageId>,
        /// The backup of the data from before it, if one was made.
        #[serde(default)]
        backup: Option<String>,
    },
    /// The old version serves again.
    Undone {
        /// Why.
        reason: String,
    },
    /// It ended, and nobody can read how.
    Unreadable,
}

impl Ending {
    /// The ending of a deployment whose record cannot be read.
    pub(crate) fn unreadable() -> Self {
        Self { at: Timestamp::UNIX_EPOCH, outcome: DeploymentOutcome::Unreadable }
    }
}

impl DeploymentRecord {
    /// Whether the new version serves since.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        let ending = self.ending.as_ref();
        matches!(ending.map(|end| &end.outcome), Some(DeploymentOutcome::Succeeded { .. }))
    }

    /// The image that it made a service run.
    pub(crate) fn image_of(&self, service: &str) -> Option<&ImageId> {
        match &self.ending.as_ref()?.outcome {
            DeploymentOutcome::Succeeded { images, .. } => images.get(service),
            _ => None,
        }
    }

    /// Whether it was carried out or taken back.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether what ran before it is still kept for a rollback.
    #[must_use]
    pub fn keeps_way_back(&self) -> bool {
        self.has_succeeded() && !self.is_cleaned_up
    }

    /// How a service changed, if it did.
    #[must_use]
    pub fn change_of(&self, service: &str) -> Option<&ServiceChange> {
        self.plan.changes.iter().find(|change| change.service == service)
    }
}

/// The time, as records have it.
pub(crate) fn now() -> Timestamp {
    whole_second(Timestamp::now())
}

/// A time for people: nobody reads nanoseconds.
pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableRecord {
    /// Its file, and why it cannot be read.
    pub problem: String,
    /// Whether it may be of a deployment that has not ended, and so must be taken back.
    pub may_be_unfinished: bool,
}
