use std::collections::BTreeSet;

use image_retention::{Plan, ServiceVersions, service_versions};
use serde::Serialize;

use super::{
    DiskReport, KeptItem, RemovedItem, RestoreHint,
    advice::maintenance_advice,
    items::{kept_items, removed_items},
    restoration::restore_hints,
};
use crate::{cleanup::EngineCleanup, preparation::PreparedEngine, project_images::ProjectImages};

/// What a cleanup did on one engine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EngineReport {
    /// The engine with its version and address, for people.
    pub engine: String,
    /// Removed references and images, sorted by reference.
    pub removed: Vec<RemovedItem>,
    /// Kept references and images, in the order of the plan; without those that were
    /// not selected.
    pub kept: Vec<KeptItem>,
    /// Names of containers that were removed first.
    #[serde(rename = "containers-removed")]
    pub removed_containers: Vec<String>,
    /// The engine's disk before and after.
    pub disk: DiskReport,
    /// Deployed and removed versions by service.
    pub versions: Vec<ServiceVersions>,
    /// How to restore the removed images.
    #[serde(rename = "rebuild")]
    pub restore: Vec<RestoreHint>,
    /// Deviations of the engine from this report.
    pub differences: Vec<String>,
    /// Changes that this program did not make.
    pub notes: Vec<String>,
    /// Suggestions for further cleaning.
    pub advice: Vec<String>,
    /// Everything that could not be removed or read, with the reasons.
    #[serde(skip)]
    pub failures: Vec<String>,
    /// Number of references and images that were not selected.
    #[serde(skip)]
    pub unselected: usize,
    /// Number of containers whose images were checked; `None`: the engine could not be
    /// checked.
    #[serde(skip)]
    pub checked_containers: Option<usize>,
}

impl EngineReport {
    pub(super) fn new(
        prepared: &PreparedEngine,
        cleanup: &EngineCleanup,
        project_images: &ProjectImages,
    ) -> Self {
        let observation = &prepared.observation;
        let plan = carried_out_plan(&prepared.plan, cleanup);
        Self {
            engine: observation.title(),
            removed: removed_items(&prepared.plan, &cleanup.removals),
            kept: kept_items(&prepared.plan, &cleanup.removals),
            removed_containers: cleanup.removed_containers.clone(),
            disk: DiskReport::new(prepared, cleanup),
            versions: service_versions(&plan, &observation.state),
            restore: restore_hints(&plan, &observation.state, project_images),
            differences: cleanup.differences.clone(),
            notes: cleanup.notes.clone(),
            advice: maintenance_advice(prepared),
            failures: cleanup.failures(),
            unselected: prepared.plan.kept().filter(|decision| decision.is_unselected()).count(),
            checked_containers: cleanup.after.as_ref().map(|_| observation.containers.len()),
        }
    }
}

/// The plan without the removals that did not happen.
fn carried_out_plan(plan: &Plan, cleanup: &EngineCleanup) -> Plan {
    let removed: BTreeSet<_> = cleanup
        .removals
        .iter()
        .filter(|removal| removal.is_removed())
        .map(|removal| (removal.reference.as_ref(), &removal.image))
        .collect();
    let decisions = plan.decisions.iter().filter(|decision| {
        !decision.is_removal() || removed.contains(&(decision.reference(), &decision.image))
    });
    Plan { decisions: decisions.cloned().collect() }
}
