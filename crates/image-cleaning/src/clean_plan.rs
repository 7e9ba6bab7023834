use image_retention::{Decision, FreedBytes, removed_images};
use local_docker::ContainerDetails;
use serde::{Serialize, Serializer};

use crate::preparation::{Preparation, PreparedEngine};

/// What a cleanup removes and keeps.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CleanPlan {
    /// The repositories to clean, for people: `owner/app, owner/web`.
    #[serde(rename = "of")]
    pub subject: String,
    /// The plan for each engine of the request.
    pub engines: Vec<EnginePlan>,
    /// Patterns of the selection that match no image of any engine.
    #[serde(skip)]
    pub unmatched_patterns: Vec<String>,
}

/// What a cleanup removes from one engine and what it keeps.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EnginePlan {
    /// The engine with its version and address, for people.
    pub engine: String,
    /// One for each reference and dangling image in scope.
    pub decisions: Vec<ExplainedDecision>,
    /// Stopped containers that are removed before images.
    #[serde(rename = "containers-removed-first")]
    pub containers_to_remove: Vec<StoppedContainer>,
    /// Bytes that the removals free.
    pub predicted: FreedBytes,
    /// Number of images that the removals delete.
    #[serde(skip)]
    pub deleted_images: usize,
    /// Names of stopped containers without which more could be removed.
    #[serde(skip)]
    pub blocking_containers: Vec<String>,
}

/// A decision with its reasons as a phrase.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedDecision {
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// Its reasons.
    pub why: String,
}

/// A stopped container; serialises as its name.
#[derive(Debug, Clone)]
pub struct StoppedContainer {
    /// Its name.
    pub name: String,
    /// The engine's name for its state: `exited`, `created` or `dead`.
    pub state: String,
}

impl CleanPlan {
    pub(crate) fn new(preparation: &Preparation) -> Self {
        Self {
            subject: preparation.subject.clone(),
            engines: preparation.engines.iter().map(EnginePlan::new).collect(),
            unmatched_patterns: preparation.unmatched_patterns.clone(),
        }
    }

    /// Whether nothing is removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.engines
            .iter()
            .all(|engine| engine.containers_to_remove.is_empty() && !engine.removes_images())
    }
}

impl EnginePlan {
    fn new(prepared: &PreparedEngine) -> Self {
        let PreparedEngine { observation, plan, .. } = prepared;
        Self {
            engine: observation.title(),
            decisions: plan.decisions.iter().map(ExplainedDecision::new).collect(),
            containers_to_remove: prepared
                .containers_to_remove
                .iter()
                .map(StoppedContainer::new)
                .collect(),
            predicted: prepared.predicted,
            deleted_images: removed_images(plan, &observation.state).len(),
            blocking_containers: prepared.blocking_containers.clone(),
        }
    }

    /// The decisions to remove.
    pub fn removals(&self) -> impl Iterator<Item = &Decision> {
        let decisions = self.decisions.iter().map(|explained| &explained.decision);
        decisions.filter(|decision| decision.is_removal())
    }

    /// Whether any reference or image is removed.
    #[must_use]
    pub fn removes_images(&self) -> bool {
        self.removals().next().is_some()
    }
}

impl ExplainedDecision {
    fn new(decision: &Decision) -> Self {
        Self { decision: decision.clone(), why: decision.verdict.to_string() }
    }
}

impl StoppedContainer {
    fn new(container: &ContainerDetails) -> Self {
        Self { name: container.name.clone(), state: container.state.as_str().to_owned() }
    }
}

impl Serialize for StoppedContainer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}
