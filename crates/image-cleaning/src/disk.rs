//! What removing is worth: predicted, told by the engine, seen on the disk.

use std::collections::BTreeMap;

use image_retention::FreedBytes;
use local_docker::{Address, CacheRecord, DiskUsage, Engine, EngineDescription, ImageStore};
use report::bytes;
use serde::Serialize;

/// The engine's disk at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    pub(super) usage: DiskUsage,
    /// Free bytes of the file system that holds the engine's data, where this
    /// program can see it.
    pub(super) free: Option<u64>,
}

/// What changed, in three figures of different origin, and why they differ.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Difference {
    pub(super) predicted: FreedBytes,
    /// By which the engine's own sum of image layers fell.
    pub(super) engine: Option<i64>,
    /// By which the free space of the file system rose.
    pub(super) file_system: Option<i64>,
    pub(super) explained: Vec<String>,
}

/// Free bytes where the engine keeps its data: only a local engine outside of a
/// virtual machine has its data on a file system of this machine.
pub(super) fn free_bytes(engine: &Engine, description: &EngineInfo) -> Option<u64> {
    let local = matches!(engine.endpoint().address, Address::Unix(_));
    if !local || in_virtual_machine(description) || !description.root_folder.is_dir() {
        return None;
    }
    let status = rustix::fs::statvfs(&description.root_folder).ok()?;
    Some(status.f_bavail * status.f_frsize)
}

/// Docker Desktop names its virtual machine so.
pub(super) fn in_virtual_machine(description: &EngineInfo) -> bool {
    description.name == "docker-desktop"
}

impl Difference {
    pub(super) fn between(
        before: &Disk,
        after: &Disk,
        predicted: FreedBytes,
        store: &ImageStore,
    ) -> Self {
        let engine = fell(before.usage.layers, after.usage.layers);
        let file_system = fell(after.free, before.free);
        let mut explained = Vec::new();
        let cache = released_to_cache(&before.usage, &after.usage);
        if cache > 0 {
            explained.push(format!(
                "{} stay in the build cache; `docker builder prune` frees them",
                bytes(cache)
            ));
        }
        if engine.is_some_and(|engine| !predicted.contains(engine)) {
            explained.push(
                "something else added or removed images at the same time, or containers keep layers"
                    .to_owned(),
            );
        }
        explained.extend(explain_file_system(engine, file_system, cache, store));
        Self { predicted, engine, file_system, explained }
    }
}

fn explain_file_system(
    engine: Option<i64>,
    seen: Option<i64>,
    cache: u64,
    store: &ImageStore,
) -> Option<String> {
    let (engine, seen) = (engine?, seen?);
    let expected = engine - i64::try_from(cache).unwrap_or(i64::MAX);
    // Whole blocks, folders and metadata make up for some of it.
    let tolerated = expected.abs() / 5 + (1 << 20);
    if (seen - expected).abs() <= tolerated {
        return None;
    }
    let why = match store {
        ImageStore::Containerd(_) if seen > expected => {
            "the engine's figure counts unpacked layers alone; the containerd store also had them \
             packed"
        }
        _ => {
            "the file system counts whole blocks and whatever else was written or deleted meanwhile"
        }
    };
    Some(why.to_owned())
}

fn fell(before: Option<u64>, after: Option<u64>) -> Option<i64> {
    let (before, after) = (i64::try_from(before?).ok()?, i64::try_from(after?).ok()?);
    Some(before - after)
}

/// Bytes that images and the build cache shared, and that the cache has alone now.
fn released_to_cache(before: &DiskUsage, after: &DiskUsage) -> u64 {
    let was_shared: BTreeMap<&str, bool> =
        before.build_cache.iter().map(|record| (record.id.as_str(), record.shared)).collect();
    let released =
        |record: &&CacheRecord| !record.shared && was_shared.get(record.id.as_str()) == Some(&true);
    after.build_cache.iter().filter(released).map(|record| record.size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(layers: u64, records: &[(&str, bool)]) -> Disk {
        let record = |&(id, shared): &(&str, bool)| CacheRecord {
            id: id.to_owned(),
            size: 4_000_000,
            in_use: false,
            shared,
        };
        let build_cache = records.iter().map(record).collect();
        let usage = DiskUsage { layers: Some(layers), build_cache, ..DiskUsage::default() };
        Disk { usage, free: Some(100_000_000) }
    }

    fn graph_driver() -> ImageStore {
        ImageStore::GraphDriver("overlay2".to_owned())
    }

    /// Removing a built image drops the engine's figure and not one byte on disk.
    #[test]
    fn layers_that_stay_in_the_build_cache_are_named() {
        let before = usage(4_000_000, &[("a", true), ("b", false)]);
        let after = usage(0, &[("a", false), ("b", false)]);
        let exact = FreedBytes { least: 4_000_000, most: 4_000_000 };
        let difference = Difference::between(&before, &after, exact, &graph_driver());
        assert_eq!((difference.engine, difference.file_system), (Some(4_000_000), Some(0)));
        assert_eq!(
            difference.explained,
            ["4.00 MB stay in the build cache; `docker builder prune` frees them"]
        );
    }

    #[test]
    fn a_figure_outside_of_the_prediction_is_explained() {
        let difference = Difference::between(
            &usage(9_000_000, &[]),
            &usage(1_000_000, &[]),
            FreedBytes { least: 1_000_000, most: 1_000_000 },
            &graph_driver(),
        );
        assert_eq!(difference.explained.len(), 2, "{:?}", difference.explained);
    }

    #[test]
    fn packed_layers_of_the_containerd_store_are_named() {
        let before = usage(9_000_000, &[]);
        let after = Disk { free: Some(117_000_000), ..usage(1_000_000, &[]) };
        let exact = FreedBytes { least: 8_000_000, most: 8_000_000 };
        let store = ImageStore::Containerd("overlayfs".to_owned());
        let difference = Difference::between(&before, &after, exact, &store);
        let [why] = difference.explained.as_slice() else { panic!("{difference:?}") };
        assert!(why.ends_with("also had them packed"));
    }
}
