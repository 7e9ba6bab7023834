use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use local_docker::{Engine, EngineError};
use operation::Environment;
use release_plan::ObservedDisk;

use crate::Project;

/// What an engine on this machine adds: where it keeps images, and their sizes so far.
#[derive(Debug, Clone, Default)]
pub(super) struct EngineDisk {
    folder: Option<PathBuf>,
    expected: u64,
}

/// Asks the engine for its folder, and for the sizes of images that were built before.
pub(super) async fn observe_engine_disk(
    project: &Project,
    engine: &Engine,
) -> Result<EngineDisk, EngineError> {
    let local = engine.images().list(None).await?;
    let sizes = project.configuration.images.iter().map(|image| {
        let is_own = |tag: &&image_ref::Reference| *tag.repository() == image.repository;
        let builds = local.iter().filter(|local| local.tags.iter().any(|tag| is_own(&tag)));
        let size = builds.max_by_key(|build| build.created).map_or(0, |build| build.size);
        size * image.platforms.len().max(1) as u64
    });
    // Once in the engine, and once in the layout that is pushed.
    Ok(EngineDisk { folder: engine.local_data_folder().await?, expected: 2 * sizes.sum::<u64>() })
}

/// Measures the file systems that a release writes to.
pub(super) fn observe_disks(
    project: &Project,
    environment: &Environment,
    engine: EngineDisk,
) -> Vec<ObservedDisk> {
    let state = project.state(environment).ok().map(|state| state.lock_file());
    // Above the folder of the project, which contains a hash.
    let state = state.as_deref().and_then(|lock| lock.ancestors().nth(2)).map(Path::to_owned);
    let temporary = environment.variable("TMPDIR").map_or_else(|| "/tmp".into(), PathBuf::from);
    let EngineDisk { folder, expected } = engine;
    let uses = [
        ("the state folder", state, expected),
        ("the temporary folder", Some(temporary), 0),
        ("the engine's data folder", folder, expected),
    ];
    let mut disks: BTreeMap<u64, ObservedDisk> = BTreeMap::new();
    for (name, folder, expected) in uses {
        let Some((device, free, folder)) = folder.and_then(|folder| measure(&folder)) else {
            continue;
        };
        let disk = disks.entry(device).or_insert(ObservedDisk { uses: vec![], free, expected: 0 });
        disk.uses.push(format!("{name} {}", folder.display()));
        disk.expected = disk.expected.max(expected);
    }
    disks.into_values().collect()
}

/// Device and free bytes of the file system that a folder is on, or will be on.
fn measure(folder: &Path) -> Option<(u64, u64, PathBuf)> {
    let existing = folder
        .ancestors()
        .find(|ancestor| ancestor.as_os_str() != OsStr::new("") && ancestor.exists())?;
    let statistics = rustix::fs::statvfs(existing).ok()?;
    // Some file systems do not count blocks.
    if statistics.f_blocks == 0 {
        return None;
    }
    let free = statistics.f_bavail.saturating_mul(statistics.f_frsize);
    Some((existing.metadata().ok()?.dev(), free, folder.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_yet_is_on_the_disk_of_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let (device, free, named) = measure(&folder.path().join("a/b")).unwrap();
        assert_eq!(device, folder.path().metadata().unwrap().dev());
        assert!(free > 0 && named.ends_with("a/b"));
        assert!(measure(Path::new("/proc")).is_none());
    }
}
