//! The disk of an engine.

use local_docker::{DiskUsage, Engine, EngineInfo};

/// The engine's disk at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct DiskState {
    pub(super) usage: DiskUsage,
    /// Free bytes of the file system with the engine's data, if this program can
    /// access it.
    pub(super) free: Option<u64>,
}

impl DiskState {
    pub(super) fn new(usage: DiskUsage, engine: &Engine, description: &EngineInfo) -> Self {
        Self { usage, free: engine.free_bytes(description) }
    }

    /// Bytes of the build cache.
    pub(super) fn build_cache_bytes(&self) -> u64 {
        let sizes = self.usage.build_cache.iter().map(|record| record.size);
        sizes.fold(0, u64::saturating_add)
    }
}

/// Docker Desktop gives its virtual machine this name.
pub(super) fn is_in_virtual_machine(description: &EngineInfo) -> bool {
    description.name == "docker-desktop"
}
