//! The temporary folder of a rehearsal. One that was killed leaves its folder behind;
//! the next rehearsal removes it.

use std::{
    fs::Metadata,
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use journal::{Holder, Lock, LockState};
use operation::OperationError;
use report::Reporter;
use tempfile::TempDir;

/// The beginning of the folders' names.
const PREFIX: &str = "tidegate-rehearsal-";
/// The file that a rehearsal keeps locked as long as it runs.
const LOCK: &str = "lock";

/// The folder of a running rehearsal, which is removed with it.
pub(super) struct RehearsalFolder {
    folder: TempDir,
    _lock: Lock,
}

impl RehearsalFolder {
    /// Makes a folder in `place`.
    pub(super) fn create(place: &Path, holder: &Holder) -> Result<Self, OperationError> {
        let failed = OperationError::service("make a temporary folder", None);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place).map_err(failed)?;
        // A lock file is never seen before it is locked.
        let new = folder.path().join("lock-new");
        let lock = Lock::acquire(&new, holder)?;
        let failed = OperationError::service("lock a temporary folder", None);
        std::fs::rename(&new, folder.path().join(LOCK)).map_err(failed)?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of this user's rehearsals that do not run any more. What cannot be
/// removed disturbs no rehearsal, and is named.
pub(super) fn remove_abandoned(place: &Path, reporter: &Reporter) {
    for folder in abandoned_folders(place) {
        let shown = folder.display();
        match std::fs::remove_dir_all(&folder) {
            // Another rehearsal removes it as well.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Ok(()) => reporter.info(format!("removed {shown}, which a killed rehearsal left")),
            Err(error) => reporter.warn(format!("a killed rehearsal left {shown}: {error}")),
        }
    }
}

fn abandoned_folders(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    named.map(|entry| entry.path()).filter(|folder| is_abandoned(folder)).collect()
}

/// Whether it is a folder of this user with a lock that nobody holds. Doubt keeps it.
fn is_abandoned(folder: &Path) -> bool {
    let lock = folder.join(LOCK);
    let is_lock = lock.symlink_metadata().is_ok_and(|file| file.is_file() && is_own(&file));
    let is_folder = folder.symlink_metadata().is_ok_and(|it| it.is_dir() && is_own(&it));
    is_folder && is_lock && matches!(Lock::state(&lock), Ok(LockState::Free))
}

/// Whether this process made it, or another one of its user.
fn is_own(file: &Metadata) -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == file.uid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        serde_json::from_value(serde_json::json!({
            "operation": "full-release --rehearse",
            "user": "ada",
            "host": "engine",
            "process": 7,
            "since": "2026-11-30T05:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn only_the_folder_of_a_rehearsal_that_does_not_run_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let running = RehearsalFolder::create(place.path(), &holder()).unwrap();
        let killed = RehearsalFolder::create(place.path(), &holder()).unwrap();
        std::fs::create_dir_all(killed.path().join("clone/.git")).unwrap();
        let RehearsalFolder { folder, _lock: lock } = killed;
        let killed = folder.keep();
        drop(lock);
        // Without a lock nothing shows whose it is.
        let other = place.path().join("tidegate-rehearsal-other");
        std::fs::create_dir(&other).unwrap();
        let link = place.path().join("tidegate-rehearsal-link");
        std::os::unix::fs::symlink(&killed, &link).unwrap();
        remove_abandoned(place.path(), &Reporter::silent());
        assert!(running.path().exists() && other.exists() && link.is_symlink());
        assert!(!killed.exists());
        let kept = running.path().to_owned();
        drop(running);
        assert!(!kept.exists());
    }
}
