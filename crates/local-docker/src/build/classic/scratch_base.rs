//! A base image for `FROM scratch` on a foreign platform.
//!
//! The classic builder writes the engine's own architecture into the config
//! of what begins with `FROM scratch`, and then refuses its own intermediate
//! image as one of the wrong platform (seen with 20.10.24 and 26.1.5). So an
//! image without layers, whose config names the platform, replaces `scratch`;
//! what is built on it has the right config.

use std::io::{self, Cursor};

use image_ref::{Platform, Reference};
use tar::{Builder, Header};

use crate::{
    cleanup::{Cleanup, create_with_cleanup},
    client::Connection,
    error::EngineError,
    images::Images,
};

/// An empty image that has a name in the engine while one build needs it.
pub(super) struct ScratchBase {
    name: String,
    removal: Cleanup,
}

impl ScratchBase {
    /// Loads the image for a foreign platform into the engine.
    pub(super) async fn create(
        connection: &Connection,
        platform: &Platform,
    ) -> Result<Self, EngineError> {
        let name = unique_name(platform);
        let reference = name.parse().map_err(|error: image_ref::ParseError| {
            EngineError::InvalidResponse { doing: "name an image".to_owned(), source: error.into() }
        })?;
        let archive = empty_image(&name, platform)
            .map_err(|error| EngineError::Archive { reason: error.to_string() })?;
        let loader = connection.clone();
        let load = async move { Images::new(&loader).load(Cursor::new(archive)).await };
        let remove = remove_name(connection.clone(), reference);
        let (loaded, removal) = create_with_cleanup(load, remove).await;
        loaded.ok_or_else(|| EngineError::NoAnswer { doing: "load an image".to_owned() })??;
        Ok(Self { name, removal })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn remove(self) {
        self.removal.finish().await;
    }
}

/// Only the name is removed: the built image keeps the empty image as its parent
/// for as long as it exists.
async fn remove_name(connection: Connection, name: Reference) {
    // A name that stays does not make a finished build fail.
    let _ = Images::new(&connection).untag(&name).await;
}

/// Each build has a tag of its own, so that concurrent builds do not conflict; the
/// image under it is always the same, so that the cache is hit.
fn unique_name(platform: &Platform) -> String {
    let platform = platform.to_string().replace('/', "-");
    format!("tidegate-scratch:{platform}-{:016x}", fastrand::u64(..))
}

/// An archive as `docker save` writes it, of an image without layers.
fn empty_image(name: &str, platform: &Platform) -> io::Result<Vec<u8>> {
    let mut config = serde_json::json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [] },
        "history": [],
    });
    if let Some(variant) = &platform.variant {
        config["variant"] = variant.as_str().into();
    }
    let list = serde_json::json!([{ "Config": "config.json", "RepoTags": [name], "Layers": [] }]);
    let mut tar = Builder::new(Vec::new());
    for (path, document) in [("config.json", config), ("manifest.json", list)] {
        let bytes = document.to_string();
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, bytes.as_bytes())?;
    }
    tar.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_builds_have_different_names() {
        let platform = "linux/arm/v7".parse().unwrap();
        let [first, second] = [unique_name(&platform), unique_name(&platform)];
        assert_ne!(first, second);
        assert!(first.starts_with("tidegate-scratch:linux-arm-v7-"));
        assert!(first.parse::<Reference>().is_ok());
    }
}
