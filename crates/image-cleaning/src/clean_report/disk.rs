use std::collections::{BTreeMap, BTreeSet};

use image_ref::ImageId;
use image_retention::{EngineState, FreedBytes, Image, freed_bytes, removed_images, unused_images};
use local_docker::{DiskUsage, ImageStore};
use report::bytes;
use serde::Serialize;

use crate::{
    cleanup::EngineCleanup,
    disk::{DiskState, is_in_virtual_machine},
    preparation::PreparedEngine,
    removal::RemovalOutcome,
    verification::ObservationAfter,
};

/// The engine's disk before and after the cleanup.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DiskReport {
    /// Before.
    pub before: DiskFigures,
    /// After; `None` when the engine could not be read.
    pub after: Option<DiskFigures>,
    /// The freed bytes; `None` when the engine could not be read.
    pub freed: Option<FreedReport>,
    /// Whether the engine's file system is inside a virtual machine.
    #[serde(skip)]
    pub is_in_virtual_machine: bool,
}

/// The engine's disk at one moment.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DiskFigures {
    /// Number of images.
    pub images: usize,
    /// Bytes of all image layers, if the engine reports them.
    pub layers: Option<u64>,
    /// Bytes that only unused images have, regardless of the policy.
    pub reclaimable: FreedBytes,
    /// Bytes of the build cache.
    pub build_cache: u64,
    /// Free bytes of the engine's file system, if it is accessible.
    pub free: Option<u64>,
}

/// The freed bytes, in three figures of different origin, and why they differ.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FreedReport {
    /// Computed from layers.
    pub predicted: FreedBytes,
    /// The decrease of the engine's own sum of image layers.
    pub engine: Option<i64>,
    /// The increase of the free space of the file system.
    pub file_system: Option<i64>,
    /// Why the figures differ.
    pub explained: Vec<String>,
}

impl DiskReport {
    pub(super) fn new(prepared: &PreparedEngine, cleanup: &EngineCleanup) -> Self {
        let observation = &prepared.observation;
        Self {
            before: DiskFigures::before(prepared),
            after: cleanup.after.as_ref().map(|after| DiskFigures::after(prepared, after)),
            freed: cleanup.after.as_ref().map(|after| {
                let predicted = predicted_for_removed(prepared, cleanup);
                let store = &observation.description.store;
                FreedReport::new(&observation.disk, &after.disk, predicted, store)
            }),
            is_in_virtual_machine: is_in_virtual_machine(&observation.description),
        }
    }
}

/// The prediction for what was actually removed.
fn predicted_for_removed(prepared: &PreparedEngine, cleanup: &EngineCleanup) -> FreedBytes {
    let observation = &prepared.observation;
    let kept: BTreeSet<&ImageId> = cleanup
        .removals
        .iter()
        .filter(|removal| {
            !matches!(removal.outcome, RemovalOutcome::Removed | RemovalOutcome::Gone)
        })
        .map(|removal| &removal.image)
        .collect();
    let mut removed = removed_images(&prepared.plan, &observation.state);
    removed.retain(|id| !kept.contains(id));
    freed_bytes(&observation.state.images, &removed, &observation.histories)
}

impl DiskFigures {
    fn before(prepared: &PreparedEngine) -> Self {
        let state = &prepared.observation.state;
        let reclaimable = reclaimable(prepared, state);
        Self::new(state.images.len(), &prepared.observation.disk, reclaimable)
    }

    fn after(prepared: &PreparedEngine, after: &ObservationAfter) -> Self {
        let ids = after.image_ids();
        let before = &prepared.observation.state;
        let images = before.images.iter().filter(|image| ids.contains(&image.id));
        let state = EngineState { images: images.cloned().collect(), uses: before.uses.clone() };
        Self::new(after.images.len(), &after.disk, reclaimable(prepared, &state))
    }

    fn new(images: usize, disk: &DiskState, reclaimable: FreedBytes) -> Self {
        Self {
            images,
            layers: disk.usage.layers,
            reclaimable,
            build_cache: disk.build_cache_bytes(),
            free: disk.free,
        }
    }
}

/// Bytes that only unused images have. The sizes of images that were removed still help
/// to determine those of the others.
fn reclaimable(prepared: &PreparedEngine, current: &EngineState) -> FreedBytes {
    let unused = unused_images(current);
    let all_images = &prepared.observation.state.images;
    let removed = missing_images(all_images, &current.images);
    let histories = &prepared.observation.histories;
    if removed.is_empty() {
        return freed_bytes(all_images, &unused, histories);
    }
    let removed_or_unused = removed.union(&unused).cloned().collect();
    let by_difference = freed_bytes(all_images, &removed_or_unused, histories)
        .minus(freed_bytes(all_images, &removed, histories));
    by_difference.intersect(freed_bytes(&current.images, &unused, histories))
}

fn missing_images(all: &[Image], current: &[Image]) -> BTreeSet<ImageId> {
    let current: BTreeSet<&ImageId> = current.iter().map(|image| &image.id).collect();
    all.iter().map(|image| &image.id).filter(|id| !current.contains(id)).cloned().collect()
}

impl FreedReport {
    fn new(
        before: &DiskState,
        after: &DiskState,
        predicted: FreedBytes,
        store: &ImageStore,
    ) -> Self {
        let engine = decrease(before.usage.layers, after.usage.layers);
        let file_system = decrease(after.free, before.free);
        let mut explained = Vec::new();
        let cached = bytes_left_to_cache(&before.usage, &after.usage);
        if cached > 0 {
            explained.push(format!(
                "{} remain in the build cache; `docker builder prune` frees them",
                bytes(cached)
            ));
        }
        if engine.is_some_and(|engine| !predicted.contains(engine)) {
            explained.push(
                "something else added or removed images at the same time, or containers still \
                 use layers"
                    .to_owned(),
            );
        }
        if let (Some(engine), Some(file_system)) = (engine, file_system) {
            let expected = engine.saturating_sub(i64::try_from(cached).unwrap_or(i64::MAX));
            explained.extend(explain_file_system(expected, file_system, store));
        }
        Self { predicted, engine, file_system, explained }
    }
}

/// `None` when the file system's figure is close to the expected one.
fn explain_file_system(expected: i64, actual: i64, store: &ImageStore) -> Option<String> {
    // Whole blocks, folders and metadata account for some difference.
    let tolerance = (expected.unsigned_abs() / 5).saturating_add(1 << 20);
    if actual.abs_diff(expected) <= tolerance {
        return None;
    }
    let reason = match store {
        ImageStore::Containerd(_) if actual > expected => {
            "the engine counts unpacked layers only; the containerd store also held them compressed"
        }
        _ => {
            "the file system counts whole blocks, and other files were written or deleted meanwhile"
        }
    };
    Some(reason.to_owned())
}

fn decrease(before: Option<u64>, after: Option<u64>) -> Option<i64> {
    let (before, after) = (i64::try_from(before?).ok()?, i64::try_from(after?).ok()?);
    Some(before.saturating_sub(after))
}

/// Bytes that images and the build cache shared, and that only the cache has now.
fn bytes_left_to_cache(before: &DiskUsage, after: &DiskUsage) -> u64 {
    let was_shared: BTreeMap<&str, bool> =
        before.build_cache.iter().map(|record| (record.id.as_str(), record.shared)).collect();
    after
        .build_cache
        .iter()
        .filter(|record| !record.shared && was_shared.get(record.id.as_str()) == Some(&true))
        .map(|record| record.size)
        .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use local_docker::CacheRecord;

    use super::*;

    /// `records`: ID of each cache record, and whether images share it.
    fn disk(layers: u64, records: &[(&str, bool)]) -> DiskState {
        let build_cache = records
            .iter()
            .map(|(id, shared)| CacheRecord {
                id: (*id).to_owned(),
                size: 4_000_000,
                in_use: false,
                shared: *shared,
            })
            .collect();
        let usage = DiskUsage { layers: Some(layers), build_cache, ..DiskUsage::default() };
        DiskState { usage, free: Some(100_000_000) }
    }

    fn exactly(bytes: u64) -> FreedBytes {
        FreedBytes { least: bytes, most: bytes }
    }

    fn graph_driver() -> ImageStore {
        ImageStore::GraphDriver("overlay2".to_owned())
    }

    /// Removing a built image decreases the engine's figure, but frees nothing on disk.
    #[test]
    fn layers_that_stay_in_the_build_cache_are_named() {
        let before = disk(4_000_000, &[("a", true), ("b", false)]);
        let after = disk(0, &[("a", false), ("b", false)]);
        let freed = FreedReport::new(&before, &after, exactly(4_000_000), &graph_driver());
        assert_eq!((freed.engine, freed.file_system), (Some(4_000_000), Some(0)));
        assert_eq!(
            freed.explained,
            ["4.00 MB remain in the build cache; `docker builder prune` frees them"]
        );
    }

    #[test]
    fn a_figure_outside_of_the_prediction_is_explained() {
        let (before, after) = (disk(9_000_000, &[]), disk(1_000_000, &[]));
        let freed = FreedReport::new(&before, &after, exactly(1_000_000), &graph_driver());
        assert_eq!(freed.explained.len(), 2, "{:?}", freed.explained);
    }

    #[test]
    fn compressed_layers_of_the_containerd_store_are_named() {
        let before = disk(9_000_000, &[]);
        let after = DiskState { free: Some(117_000_000), ..disk(1_000_000, &[]) };
        let store = ImageStore::Containerd("overlayfs".to_owned());
        let freed = FreedReport::new(&before, &after, exactly(8_000_000), &store);
        let [reason] = freed.explained.as_slice() else { panic!("{freed:?}") };
        assert!(reason.ends_with("also held them compressed"));
    }

    /// Figures come from the engine and the file system.
    #[test]
    fn figures_that_are_too_large_are_no_panic() {
        for (before, after) in [(0, i64::MAX as u64), (i64::MAX as u64, 0), (u64::MAX, u64::MAX)] {
            let mut records = disk(before, &[("a", true), ("b", true)]);
            records.free = Some(after);
            let mut left = disk(after, &[("a", false), ("b", false)]);
            left.free = Some(before);
            for record in &mut left.usage.build_cache {
                record.size = u64::MAX;
            }
            let freed = FreedReport::new(&records, &left, exactly(0), &graph_driver());
            assert_eq!(left.build_cache_bytes(), u64::MAX);
            assert!(freed.explained[0].starts_with("18.4 EB"), "{freed:?}");
        }
    }
}
