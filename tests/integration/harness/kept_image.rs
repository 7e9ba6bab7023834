use std::sync::{Arc, Mutex, Weak};

use super::{
    engine::docker,
    project::{self, ProjectFile},
};

/// The image of version 0.2.0, kept under a name of its own while tests run. The
/// engine's classic builder then finds every build of it in its cache: builds
/// are quick, and their results equal to the byte.
#[derive(Debug)]
pub(crate) struct KeptImage {
    name: String,
}

impl KeptImage {
    pub(super) fn shared() -> Arc<Self> {
        static KEPT: Mutex<Weak<KeptImage>> = Mutex::new(Weak::new());
        let mut kept = KEPT.lock().unwrap();
        if let Some(image) = kept.upgrade() {
            return image;
        }
        let image = Arc::new(Self::build());
        *kept = Arc::downgrade(&image);
        image
    }

    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        project::image().iter().for_each(|file| file.write_to(folder.path()));
        ProjectFile::new("image/version", "0.2.0\n").write_to(folder.path());
        let name = format!("slipway-it-kept:{}", std::process::id());
        let context = folder.path().join("image");
        docker(&["build", "--quiet", "--tag", &name, context.to_str().unwrap()]);
        Self { name }
    }
}

impl Drop for KeptImage {
    fn drop(&mut self) {
        docker(&["rmi", &self.name]);
    }
}
