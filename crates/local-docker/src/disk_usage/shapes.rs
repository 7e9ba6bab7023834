//! `GET /system/df` in both shapes: lists of everything (until 1.51), and sums
//! with lists (from 1.52). An answer may have both.

use serde::Deserialize;

use super::{CacheRecord, DiskUsage};
use crate::engine::lenient::{bytes, or_default};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Answer {
    layers_size: Option<i64>,
    containers: Option<Vec<ContainerUse>>,
    volumes: Option<Vec<VolumeUse>>,
    build_cache: Option<Vec<Record>>,
    image_usage: Option<Sum>,
    container_usage: Option<Sum>,
    volume_usage: Option<Sum>,
    build_cache_usage: Option<CacheUsage>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerUse {
    #[serde(deserialize_with = "or_default")]
    size_rw: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeUse {
    usage_data: Option<VolumeSize>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeSize {
    #[serde(deserialize_with = "or_default")]
    size: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sum {
    total_size: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CacheUsage {
    #[serde(deserialize_with = "or_default")]
    items: Vec<Record>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Record {
    #[serde(rename = "ID", deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    size: i64,
    #[serde(deserialize_with = "or_default")]
    in_use: bool,
    #[serde(deserialize_with = "or_default")]
    shared: bool,
}

impl From<Answer> for DiskUsage {
    fn from(answer: Answer) -> Self {
        let layers = answer.layers_size.or(answer.image_usage.and_then(|sum| sum.total_size));
        let containers = answer.containers.map(|all| sum(all.iter().map(|one| one.size_rw)));
        let volumes = answer.volumes.map(|all| sum(all.iter().map(VolumeUse::bytes)));
        let items = answer.build_cache_usage.map(|usage| usage.items);
        Self {
            layers: layers.and_then(|size| size.try_into().ok()),
            build_cache: answer
                .build_cache
                .or(items)
                .unwrap_or_default()
                .into_iter()
                .map(CacheRecord::from)
                .collect(),
            containers: containers.or_else(|| total(answer.container_usage)).unwrap_or_default(),
            volumes: volumes.or_else(|| total(answer.volume_usage)),
        }
    }
}

impl VolumeUse {
    /// -1 where the driver does not count.
    fn bytes(&self) -> i64 {
        self.usage_data.as_ref().map_or(0, |usage| usage.size)
    }
}

impl From<Record> for CacheRecord {
    fn from(record: Record) -> Self {
        let size = bytes(record.size);
        Self { id: record.id, size, in_use: record.in_use, shared: record.shared }
    }
}

fn sum(sizes: impl Iterator<Item = i64>) -> u64 {
    sizes.map(bytes).sum()
}

fn total(usage: Option<Sum>) -> Option<u64> {
    usage?.total_size?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(recorded: &str) -> DiskUsage {
        DiskUsage::from(serde_json::from_str::<Answer>(recorded).unwrap())
    }

    fn record(id: &str, size: u64, shared: bool) -> CacheRecord {
        CacheRecord { id: id.to_owned(), size, in_use: false, shared }
    }

    #[test]
    fn api_1_41_tells_lists_of_everything() {
        let usage = usage(
            r#"{"LayersSize":6858128,"Images":[{"Containers":1,"Id":"sha256:00","SharedSize":-1,"Size":1}],
            "Containers":[{"Id":"a","SizeRw":12,"SizeRootFs":3964512},{"Id":"b","SizeRootFs":3964512}],
            "Volumes":[{"Name":"a","UsageData":{"RefCount":1,"Size":7}},{"Name":"b","UsageData":{"RefCount":-1,"Size":-1}},
            {"Name":"c","UsageData":null}],
            "BuildCache":[{"ID":"lqh","Parent":"","Type":"regular","InUse":false,"Shared":true,"Size":911360,"LastUsedAt":null},
            {"ID":"lis","Type":"source.local","Size":55}],"BuilderSize":911415}"#,
        );
        let build_cache = vec![record("lqh", 911_360, true), record("lis", 55, false)];
        let expected =
            DiskUsage { layers: Some(6_858_128), build_cache, containers: 12, volumes: Some(7) };
        assert_eq!(usage, expected);
    }

    #[test]
    fn what_was_not_asked_for_is_not_told() {
        // API 1.47 with `type=image&type=container&type=build-cache`.
        let usage = usage(
            r#"{"LayersSize":0,"Images":[],"Containers":null,"Volumes":null,"BuildCache":null}"#,
        );
        assert_eq!(usage, DiskUsage { layers: Some(0), ..DiskUsage::default() });
        assert_eq!(super::tests::usage(r#"{"LayersSize":-1}"#).layers, None);
    }

    #[test]
    fn api_1_52_tells_sums_and_records() {
        let usage = usage(
            r#"{"ImageUsage":{"ActiveCount":1,"TotalCount":4,"Reclaimable":16,"TotalSize":9964512,"Items":[{"Id":"x"}]},
            "ContainerUsage":{"ActiveCount":1,"TotalCount":1,"TotalSize":12,"Items":[]},
            "VolumeUsage":{"TotalCount":0},
            "BuildCacheUsage":{"TotalSize":911360,"Items":[{"ID":"lqh","Shared":true,"Size":911360,"InUse":false}]}}"#,
        );
        let build_cache = vec![record("lqh", 911_360, true)];
        let expected =
            DiskUsage { layers: Some(9_964_512), build_cache, containers: 12, volumes: None };
        assert_eq!(usage, expected);
    }

    #[test]
    fn an_answer_of_both_shapes_is_counted_once() {
        let usage = usage(
            r#"{"LayersSize":5,"Containers":[{"SizeRw":2}],"ImageUsage":{"TotalSize":5},"ContainerUsage":{"TotalSize":2}}"#,
        );
        assert_eq!((usage.layers, usage.containers), (Some(5), 2));
    }
}
