use std::{
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// An image with a server of Debian, which is built once for all tests that use it at the same
/// time.
pub(crate) struct DebianImage(String);

/// Those that some test uses.
static IMAGES: Mutex<Vec<(&'static str, Weak<DebianImage>)>> = Mutex::new(Vec::new());

impl DebianImage {
    /// The server is one of those of `fixtures/debian-image`.
    pub(crate) fn of(server: &'static str) -> Arc<Self> {
        let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
        let built = images.iter().find(|(name, _)| *name == server);
        if let Some(image) = built.and_then(|(_, image)| image.upgrade()) {
            return image;
        }
        // A server is recognised by the last part of its image's name.
        let name = match server {
            "postgresql" => "postgres",
            // Proxies are recognised by their processes.
            "nginx" | "haproxy" | "caddy" => "proxy",
            server => server,
        };
        let reference = format!("tidegate-it-{:08x}/{name}:1", fastrand::u32(..));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/debian-image");
        let output = Command::new(script).args([server, &reference]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let image = Arc::new(Self(reference));
        images.retain(|(name, _)| *name != server);
        images.push((server, Arc::downgrade(&image)));
        image
    }

    /// Its name in the engine.
    pub(crate) fn reference(&self) -> &str {
        &self.0
    }
}

impl Drop for DebianImage {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", "--force", &self.0]).output();
    }
}
