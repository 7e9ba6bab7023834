use std::time::Duration;

use serde::Deserialize;

use crate::{
    api_version::ApiVersion,
    client::{
        Connection,
        wire::{bytes_or_zero, or_default},
    },
    error::EngineError,
};

/// The engine walks through the files of every container.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What uses the engine's disk, according to the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// Bytes of each layer that any image has, counted once (`LayersSize`).
    pub layers: Option<u64>,
    /// Records of the engine's own BuildKit.
    pub build_cache: Vec<CacheRecord>,
    /// Bytes that containers wrote into their own layers.
    pub containers: u64,
    /// Bytes in volumes. Counting them walks through each file, so it is left
    /// out where the engine allows it: from API 1.42.
    pub volumes: Option<u64>,
}

/// A record of the engine's build cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"), default)]
pub struct CacheRecord {
    /// BuildKit's identifier.
    #[serde(rename(deserialize = "ID"), deserialize_with = "or_default")]
    pub id: String,
    /// Bytes.
    #[serde(deserialize_with = "bytes_or_zero")]
    pub size: u64,
    /// Whether a build uses it now.
    #[serde(deserialize_with = "or_default")]
    pub in_use: bool,
    /// Whether an image has the same layer: then its bytes are counted there.
    #[serde(deserialize_with = "or_default")]
    pub shared: bool,
}

/// Engines before 23 count for one client at a time: waits for its turn.
pub(crate) async fn disk_usage(connection: &Connection) -> Result<DiskUsage, EngineError> {
    let path = request_path(connection.api_version());
    let response: DiskUsageResponse =
        connection.get_within(TIMEOUT, path, "get disk usage").await?;
    Ok(response.into())
}

/// From 1.42 a request can select what is counted; from 1.52 the records are
/// included only on request.
fn request_path(api: ApiVersion) -> &'static str {
    match api.minor {
        ..=41 => "/system/df",
        42..=51 => "/system/df?type=image&type=container&type=build-cache",
        _ => "/system/df?type=image&type=container&type=build-cache&verbose=1",
    }
}

/// `GET /system/df` in both shapes: lists of everything (until 1.51), and totals
/// with lists (from 1.52). A response may have both.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DiskUsageResponse {
    layers_size: Option<i64>,
    containers: Option<Vec<ContainerUsage>>,
    volumes: Option<Vec<VolumeUsage>>,
    build_cache: Option<Vec<CacheRecord>>,
    image_usage: Option<UsageTotal>,
    container_usage: Option<UsageTotal>,
    volume_usage: Option<UsageTotal>,
    build_cache_usage: Option<CacheUsage>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerUsage {
    #[serde(deserialize_with = "bytes_or_zero")]
    size_rw: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeUsage {
    usage_data: Option<VolumeSize>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeSize {
    /// -1 where the driver does not count.
    #[serde(deserialize_with = "bytes_or_zero")]
    size: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UsageTotal {
    total_size: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CacheUsage {
    #[serde(deserialize_with = "or_default")]
    items: Vec<CacheRecord>,
}

impl From<DiskUsageResponse> for DiskUsage {
    fn from(response: DiskUsageResponse) -> Self {
        let total_layers = response.image_usage.and_then(|usage| usage.total_size);
        let containers = response.containers.map(total_written);
        let volumes = response.volumes.map(total_of_volumes);
        let records = response.build_cache_usage.map(|usage| usage.items);
        Self {
            layers: response.layers_size.or(total_layers).and_then(|size| size.try_into().ok()),
            build_cache: response.build_cache.or(records).unwrap_or_default(),
            containers: containers
                .or_else(|| total_bytes(response.container_usage))
                .unwrap_or_default(),
            volumes: volumes.or_else(|| total_bytes(response.volume_usage)),
        }
    }
}

fn total_written(containers: Vec<ContainerUsage>) -> u64 {
    containers.iter().map(|container| container.size_rw).fold(0, u64::saturating_add)
}

fn total_of_volumes(volumes: Vec<VolumeUsage>) -> u64 {
    let sizes = volumes.into_iter().filter_map(|volume| volume.usage_data);
    sizes.map(|usage| usage.size).fold(0, u64::saturating_add)
}

fn total_bytes(usage: Option<UsageTotal>) -> Option<u64> {
    usage?.total_size?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(recorded: &str) -> DiskUsage {
        DiskUsage::from(serde_json::from_str::<DiskUsageResponse>(recorded).unwrap())
    }

    fn record(id: &str, size: u64, shared: bool) -> CacheRecord {
        CacheRecord { id: id.to_owned(), size, in_use: false, shared }
    }

    #[test]
    fn api_1_41_lists_everything() {
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
    fn missing_parts_are_none() {
        // API 1.47 with `type=image&type=container&type=build-cache`.
        let usage = usage(
            r#"{"LayersSize":0,"Images":[],"Containers":null,"Volumes":null,"BuildCache":null}"#,
        );
        assert_eq!(usage, DiskUsage { layers: Some(0), ..DiskUsage::default() });
        assert_eq!(super::tests::usage(r#"{"LayersSize":-1}"#).layers, None);
    }

    #[test]
    fn api_1_52_has_totals_and_records() {
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
    fn a_response_of_both_shapes_is_counted_once() {
        let usage = usage(
            r#"{"LayersSize":5,"Containers":[{"SizeRw":2}],"ImageUsage":{"TotalSize":5},"ContainerUsage":{"TotalSize":2}}"#,
        );
        assert_eq!((usage.layers, usage.containers), (Some(5), 2));
    }

    #[test]
    fn sizes_that_exceed_the_range_do_not_overflow() {
        let largest = i64::MAX;
        let usage = usage(&format!(
            r#"{{"Containers":[{{"SizeRw":{largest}}},{{"SizeRw":{largest}}},{{"SizeRw":{largest}}}]}}"#
        ));
        assert_eq!(usage.containers, u64::MAX);
    }

    #[test]
    fn each_api_version_gets_the_query_it_understands() {
        for (minor, expected) in [
            (41, "/system/df"),
            (42, "/system/df?type=image&type=container&type=build-cache"),
            (51, "/system/df?type=image&type=container&type=build-cache"),
            (52, "/system/df?type=image&type=container&type=build-cache&verbose=1"),
        ] {
            assert_eq!(request_path(ApiVersion { major: 1, minor }), expected, "1.{minor}");
        }
    }
}
