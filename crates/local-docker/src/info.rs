use std::path::PathBuf;

use bollard::models::SystemInfo;
use image_ref::Platform;

use crate::{client::Connection, error::EngineError};

/// Where an engine keeps its images. The two kinds give an image different IDs
/// and different archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageStore {
    /// The classic store with this driver, such as `overlay2`: an image's ID
    /// is the digest of its config.
    GraphDriver(String),
    /// The containerd store with this snapshotter: an image's ID is the digest
    /// of its manifest or index, and several platforms fit in one image.
    Containerd(String),
}

impl ImageStore {
    /// Whether this is the containerd store.
    #[must_use]
    pub fn is_containerd(&self) -> bool {
        matches!(self, Self::Containerd(_))
    }
}

/// What an engine reports about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// What the engine calls itself, at random, as long as it keeps its data folder.
    pub id: String,
    /// Host name of the machine the engine runs on.
    pub name: String,
    /// The engine's version.
    pub version: String,
    /// Where it keeps images.
    pub store: ImageStore,
    /// What its containers run on.
    pub platform: Platform,
    /// The engine's data folder, on the engine's machine.
    pub root_folder: PathBuf,
}

impl From<SystemInfo> for EngineInfo {
    fn from(info: SystemInfo) -> Self {
        Self {
            store: image_store(&info),
            platform: engine_platform(&info),
            id: info.id.unwrap_or_default(),
            name: info.name.unwrap_or_default(),
            version: info.server_version.unwrap_or_default(),
            root_folder: info.docker_root_dir.unwrap_or_default().into(),
        }
    }
}

pub(crate) async fn engine_info(connection: &Connection) -> Result<EngineInfo, EngineError> {
    let info = connection.client().info().await;
    Ok(info.map_err(connection.error_while("get information about the engine"))?.into())
}

/// The containerd store names its snapshotter where the others name their
/// driver, and a status line says so (moby `daemon/info.go`).
fn image_store(info: &SystemInfo) -> ImageStore {
    let driver = info.driver.clone().unwrap_or_default();
    let status = info.driver_status.as_deref().unwrap_or_default();
    let containerd = status.iter().any(|pair| {
        matches!(pair.as_slice(), [name, kind] if name == "driver-type"
            && kind.starts_with("io.containerd.snapshotter"))
    });
    if containerd { ImageStore::Containerd(driver) } else { ImageStore::GraphDriver(driver) }
}

/// The engine reports the kernel's name of the architecture, images use Go's.
fn engine_platform(info: &SystemInfo) -> Platform {
    let os = info.os_type.as_deref().unwrap_or("linux");
    match info.architecture.as_deref().unwrap_or_default() {
        "x86_64" => Platform::new(os, "amd64"),
        "aarch64" => Platform::new(os, "arm64"),
        "armv7l" | "armv8l" => {
            Platform { variant: Some("v7".to_owned()), ..Platform::new(os, "arm") }
        }
        "armv6l" => Platform { variant: Some("v6".to_owned()), ..Platform::new(os, "arm") },
        "i386" | "i486" | "i586" | "i686" => Platform::new(os, "386"),
        other => Platform::new(os, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_containerd_store_is_recognised_by_its_status_line() {
        let mut info = SystemInfo {
            driver: Some("overlayfs".into()),
            architecture: Some("aarch64".into()),
            ..SystemInfo::default()
        };
        assert_eq!(
            EngineInfo::from(info.clone()).store,
            ImageStore::GraphDriver("overlayfs".into())
        );
        let line = ["driver-type", "io.containerd.snapshotter.v1"].map(str::to_owned);
        info.driver_status = Some(vec![line.to_vec()]);
        assert!(EngineInfo::from(info.clone()).store.is_containerd());
        assert_eq!(EngineInfo::from(info).platform, Platform::new("linux", "arm64"));
    }
}
