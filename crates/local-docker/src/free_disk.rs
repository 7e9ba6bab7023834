use std::path::{Path, PathBuf};

use crate::{build, info::EngineInfo, locate::Endpoint};

/// Where containerd keeps its data unless the engine runs a containerd of its own.
const CONTAINERD_FOLDER: &str = "/var/lib/containerd";

/// The folder with the images of an engine; `None` when that is not on this machine.
pub(crate) fn image_folder(endpoint: &Endpoint, info: &EngineInfo) -> Option<PathBuf> {
    if !build::is_on_this_machine(endpoint, &info.name) {
        return None;
    }
    let has_own_containerd = info.root_folder.join("containerd/daemon").is_dir();
    Some(match info.store.is_containerd() && !has_own_containerd {
        true => PathBuf::from(CONTAINERD_FOLDER),
        false => info.root_folder.clone(),
    })
}

/// Bytes that are free on the file system of a folder; `None` when it cannot be read, or
/// does not count its blocks.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let status = rustix::fs::statvfs(folder).ok()?;
    (status.f_blocks > 0).then(|| status.f_bavail.saturating_mul(status.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_or_does_not_count_has_no_free_bytes() {
        assert!(free_bytes(tempfile::tempdir().unwrap().path()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(Path::new("/nonexistent")), None);
        assert_eq!(free_bytes(Path::new("/proc")), None);
    }
}
