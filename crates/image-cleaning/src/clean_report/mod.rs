//! The result of a cleanup.

mod advice;
mod cluster_images;
mod disk;
mod engine;
mod items;
mod restoration;

use serde::Serialize;

pub use cluster_images::ClusterImageReport;
pub use disk::{DiskFigures, DiskReport, FreedReport};
pub use engine::EngineReport;
pub use items::{KeptItem, KeptReason, RemovedItem};
pub use restoration::RestoreHint;

use crate::{cleanup::EngineCleanup, preparation::Preparation};

/// What a cleanup removed, what it kept, and what it freed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CleanReport {
    /// The cleaned repositories, for people: `owner/app, owner/web`.
    #[serde(rename = "of")]
    pub subject: String,
    /// The result for each engine of the request; empty when the plan removes nothing.
    pub engines: Vec<EngineReport>,
    /// The images that pods and workloads use.
    pub clusters: Vec<ClusterImageReport>,
    /// Number of clusters that were queried.
    #[serde(skip)]
    pub queried_clusters: usize,
}

impl CleanReport {
    /// The report when the plan removes nothing.
    pub(crate) fn without_removals(subject: String) -> Self {
        Self { subject, engines: Vec::new(), clusters: Vec::new(), queried_clusters: 0 }
    }

    /// `cleanups` has one for each engine of the preparation.
    pub(crate) fn new(preparation: &Preparation, cleanups: &[EngineCleanup]) -> Self {
        let engines = preparation.engines.iter().zip(cleanups);
        Self {
            subject: preparation.subject.clone(),
            engines: engines
                .map(|(prepared, cleanup)| {
                    EngineReport::new(prepared, cleanup, &preparation.project_images)
                })
                .collect(),
            clusters: cluster_images::report_cluster_images(
                &preparation.clusters,
                &preparation.engines,
            ),
            queried_clusters: preparation.clusters.len(),
        }
    }

    /// Everything that could not be removed or read, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = &String> {
        self.engines.iter().flat_map(|engine| &engine.failures)
    }

    /// Deviations of the engines from this report.
    pub fn differences(&self) -> impl Iterator<Item = &String> {
        self.engines.iter().flat_map(|engine| &engine.differences)
    }
}
