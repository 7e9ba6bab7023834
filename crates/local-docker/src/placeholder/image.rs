//! The image of containers that are never started. It is made here, so that nothing
//! has to be pulled.

use bytes::Bytes;
use futures_util::stream;
use image_ref::{Digest, Reference};
use serde_json::json;
use tar::{Builder, EntryType, Header};

use crate::{
    client::Connection,
    error::EngineError,
    images::{Images, archive::load_archive},
};

/// Its name.
const NAME: &str = "tidegate/placeholder:1";

/// Loads the image unless the engine has it; its name.
pub(super) async fn ensure_image(connection: &Connection) -> Result<String, EngineError> {
    let name: Reference = NAME.parse().map_err(|error: image_ref::ParseError| {
        EngineError::InvalidResponse { doing: format!("name {NAME}"), source: error.into() }
    })?;
    if Images::new(connection).find(&name).await?.is_none() {
        let archive = archive().map_err(|source| EngineError::InvalidResponse {
            doing: format!("make the image {NAME}"),
            source: source.into(),
        })?;
        load_archive(connection, stream::iter([Ok(Bytes::from(archive))])).await?;
    }
    Ok(NAME.to_owned())
}

/// An archive as `docker load` reads it: one layer with one empty folder.
fn archive() -> std::io::Result<Vec<u8>> {
    let layer = layer()?;
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["never-started"]},
        "rootfs": {"type": "layers", "diff_ids": [Digest::of(&layer).to_string()]},
        "history": [{"created_by": "tidegate"}],
    });
    let list = json!([{"Config": "config.json", "RepoTags": [NAME], "Layers": ["layer.tar"]}]);
    let mut archive = Builder::new(Vec::new());
    for (name, content) in [
        ("config.json", config.to_string().into_bytes()),
        ("layer.tar", layer),
        ("manifest.json", list.to_string().into_bytes()),
    ] {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    archive.into_inner()
}

fn layer() -> std::io::Result<Vec<u8>> {
    let mut layer = Builder::new(Vec::new());
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Directory);
    header.set_size(0);
    header.set_mode(0o755);
    layer.append_data(&mut header, "files/", std::io::empty())?;
    layer.into_inner()
}
