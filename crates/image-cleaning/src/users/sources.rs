use std::{collections::BTreeMap, ffi::OsString, fmt, path::PathBuf};

use image_retention::ImageUse;

/// Users of images that the engine does not know.
#[derive(Clone, Default)]
pub struct UserSources {
    /// Environment variables, for Compose files that refer to them.
    pub variables: BTreeMap<String, OsString>,
    /// Compose files below this folder are named relative to it.
    pub base_folder: Option<PathBuf>,
    /// Further uses, such as those from [`compose_file_uses`](super::compose_file_uses)
    /// and [`ClusterImages::uses`](super::ClusterImages::uses).
    pub uses: Vec<ImageUse>,
}

/// Variables may hold secrets, so their values are not shown.
impl fmt::Debug for UserSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSources")
            .field("variables", &self.variables.keys())
            .field("base_folder", &self.base_folder)
            .field("uses", &self.uses)
            .finish()
    }
}
