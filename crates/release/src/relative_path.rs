use std::path::{Component, Path, PathBuf};

/// A path without `.`, as git and the plan show it.
pub(crate) fn without_current(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}
