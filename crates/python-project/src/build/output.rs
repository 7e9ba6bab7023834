use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
};

use pep440_rs::Version;

use crate::{PythonError, normalize_name};

/// Checks that a built file is a distribution of this project and version.
pub(super) fn check_file_name(file: &str, name: &str, version: &str) -> Result<(), PythonError> {
    let is_expected = split_file_name(file).is_some_and(|(file_project, file_version)| {
        normalize_name(file_project) == normalize_name(name) && is_same(file_version, version)
    });
    if is_expected && !file.contains('/') {
        return Ok(());
    }
    let (file, name, version) = (file.to_owned(), name.to_owned(), version.to_owned());
    Err(PythonError::UnexpectedDistribution { file, name, version })
}

/// Project and version in a file name (PEP 625 for sdists, PEP 427 for wheels).
fn split_file_name(file: &str) -> Option<(&str, &str)> {
    if let Some(stem) = file.strip_suffix(".tar.gz") {
        return stem.rsplit_once('-');
    }
    let mut parts = file.strip_suffix(".whl")?.split('-');
    Some((parts.next()?, parts.next()?))
}

fn is_same(actual: &str, expected: &str) -> bool {
    match (Version::from_str(actual), Version::from_str(expected)) {
        (Ok(actual), Ok(expected)) => actual == expected,
        _ => actual == expected,
    }
}

/// Moves a finished file into a folder, atomically.
pub(super) fn move_into(file: &Path, folder: &Path) -> Result<PathBuf, PythonError> {
    std::fs::create_dir_all(folder).map_err(|error| PythonError::io("make", folder, error))?;
    let name = file.file_name().unwrap_or_default();
    let target = folder.join(name);
    if std::fs::rename(file, &target).is_ok() {
        return Ok(target);
    }
    let part = folder.join(format!(".{}.part", name.to_string_lossy()));
    let copied = std::fs::copy(file, &part).and_then(|_| std::fs::rename(&part, &target));
    copied.map(|()| target).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        PythonError::io("write into", folder, error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_project_and_version_are_accepted() {
        for file in [
            "stream_pose_ml-1.0rc1.tar.gz",
            "stream-pose-ml-1.0.0rc1.tar.gz",
            "stream_pose_ml-1.0.0rc1-py3-none-any.whl",
            "Stream_Pose.ML-1.0rc1-1-cp311-cp311-linux_x86_64.whl",
        ] {
            check_file_name(file, "stream-pose-ml", "1.0.0rc1").unwrap();
        }
    }

    #[test]
    fn another_version_name_or_folder_is_refused() {
        for file in ["a-1.0.1.tar.gz", "b-1.0.0.tar.gz", "a-1.0.0.zip", "../a-1.0.0.tar.gz", "a"] {
            assert!(check_file_name(file, "a", "1.0.0").is_err(), "{file}");
        }
    }
}
