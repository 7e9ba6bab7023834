//! What takes the engine's disk.

mod shapes;

use std::time::Duration;

use crate::{ApiVersion, Engine, EngineError};

/// The engine walks through the files of every container.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// What takes the engine's disk, by the engine's own account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// Bytes of each layer that any image has, once (`LayersSize`).
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRecord {
    /// BuildKit's identifier.
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// Whether a build uses it now.
    pub in_use: bool,
    /// Whether an image has the same layer: then its bytes are counted there.
    pub shared: bool,
}

impl Engine {
    /// Asks the engine what takes its disk. Engines before 23 count for one
    /// caller at a time; this one waits for its turn.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn disk_usage(&self) -> Result<DiskUsage, EngineError> {
        let path = path(self.api_version());
        let answer: shapes::Answer = self.get_within(LIMIT, path, "ask for disk usage").await?;
        Ok(answer.into())
    }
}

/// Since 1.42 it can be said what is to be counted; since 1.52 the records are
/// told only when asked for.
fn path(api: ApiVersion) -> &'static str {
    match api.minor {
        ..=41 => "/system/df",
        42..=51 => "/system/df?type=image&type=container&type=build-cache",
        _ => "/system/df?type=image&type=container&type=build-cache&verbose=1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_asked_in_its_own_words() {
        let of = |minor| path(ApiVersion { major: 1, minor });
        assert_eq!(of(41), "/system/df");
        assert!(of(42).contains("type=image") && !of(51).contains("verbose"));
        assert!(of(52).contains("verbose=1") && !of(52).contains("type=volume"));
    }
}
